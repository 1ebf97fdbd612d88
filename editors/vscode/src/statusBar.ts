/** One item: how many agents work, and how many need a person. */
import * as vscode from 'vscode';
import type { Client } from './client';
import { isRed } from './failuresView';
import type { Mirror } from './mirror';

export function statusBar(client: Client, mirror: Mirror): vscode.Disposable & { item: vscode.StatusBarItem } {
  const item = vscode.window.createStatusBarItem('agentOrchestrator.status', vscode.StatusBarAlignment.Left, 10);
  item.name = vscode.l10n.t('Agent Orchestrator');
  const show = (): void => {
    const needing = mirror.needing.length;
    const working = mirror.now.sessions.filter((session) => session.state === 'working').length;
    const red = mirror.now.failures.filter(isRed).length;
    const parts = [
      needing ? needYou(needing) : '',
      working ? vscode.l10n.t('{0} at work', working) : '',
      red ? vscode.l10n.t('{0} red', red) : '',
    ].filter(Boolean);
    item.text = `${working ? '$(sync~spin)' : '$(git-merge)'} ao${parts.length ? `: ${parts.join(', ')}` : ''}`;
    item.tooltip = mirror.now.projects.map((project) => `${project.name || project.id} → ${project.target}`).join('\n');
    item.backgroundColor = needing ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.command = needing ? 'agentOrchestrator.answer' : 'agentOrchestrator.sessions.focus';
    if (client.isRunning && mirror.now.projects.length) {
      item.show();
    } else {
      item.hide();
    }
  };
  const subscription = mirror.onChanged(show);
  return { item, dispose: () => (subscription.dispose(), item.dispose()) };
}

/** How many sessions need a person, in words. */
export function needYou(sessions: number): string {
  return sessions === 1 ? vscode.l10n.t('1 needs you') : vscode.l10n.t('{0} need you', sessions);
}
