/** The sessions, grouped by what needs a person. */
import * as vscode from 'vscode';
import { type Mirror, NEEDS_YOU } from './mirror';
import type { SessionRow } from './protocol.gen';
import { needYou } from './statusBar';
import { type Node, Tree, type View } from './tree';

/** The groups in the order in which a person reads them; one that is not known here comes last. */
const GROUPS = [NEEDS_YOU, 'At work', 'Landing queue', 'At rest', 'Over'];
/** Sessions that are over and still listed, the newest first. */
const OVER_SHOWN = 20;

export type SessionNode = Node<SessionRow>;

export function sessionsView(mirror: Mirror): View<SessionRow> {
  const tree = new Tree<SessionRow>({ group: heading, row: item });
  const view = vscode.window.createTreeView('agentOrchestrator.sessions', {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const subscription = mirror.onChanged(({ sessions }) => {
    tree.show(grouped(sessions));
    const waiting = mirror.needing.length;
    view.badge = waiting ? { value: waiting, tooltip: needYou(waiting) } : undefined;
  });
  return { view, tree, dispose: () => (subscription.dispose(), view.dispose()) };
}

function grouped(sessions: readonly SessionRow[]): Map<string, (readonly [string, SessionRow])[]> {
  const names = [...new Set([...GROUPS, ...sessions.map((session) => session.group)])];
  const groups = names.map((name) => [name, sessions.filter((session) => session.group === name)] as const);
  return new Map(
    groups
      .filter(([, members]) => members.length)
      .map(([name, members]) => [name, (name === 'Over' ? newest(members) : members).map((row) => [row.id, row] as const)]),
  );
}

function newest(sessions: SessionRow[]): SessionRow[] {
  return [...sessions].sort((a, b) => b.lastActivity - a.lastActivity).slice(0, OVER_SHOWN);
}

function heading(name: string, rows: readonly SessionRow[]): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(name, name === 'Over' ? Collapsed : Expanded);
  item.description = String(rows.length);
  item.contextValue = 'group';
  return item;
}

function item(row: SessionRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.title);
  // A description shows no icons: the mark is a character.
  item.description = [row.detail, row.doing, row.id, row.quiet ? '🔕' : ''].filter(Boolean).join(' · ');
  item.tooltip = tooltip(row);
  item.iconPath = icon(row);
  item.contextValue = ['session', ...flags(row)].join('.');
  item.accessibilityInformation = { label: [row.title, row.detail, row.id, row.quiet ? quiet() : ''].filter(Boolean).join(', ') };
  return item;
}

/** What can be done with it: words that the `when` clauses of the menus look for. */
export function flags(row: SessionRow): string[] {
  const over = row.group === 'Over';
  const left = row.detail.startsWith('left: ') || row.detail.startsWith('worktree gone');
  const open = !over && !left;
  return Object.entries({
    open,
    stoppable: open || (left && row.workspacePath !== ''),
    asks: row.asks.length > 0,
    held: row.held.length > 0,
    runs: row.running,
    rests: open && row.state !== 'working' && !row.running && row.workspacePath !== '',
    quiet: open && row.quiet,
    loud: open && !row.quiet,
    changed: row.head !== '' || row.workspacePath !== '',
    worktree: row.workspacePath !== '',
    landable: open && row.head !== '',
    restorable: left || row.detail === 'stopped',
    landed: row.landing !== '',
    outside: row.outside.length > 0,
  }).flatMap(([flag, is]) => (is ? [flag] : []));
}

function icon(row: SessionRow): vscode.ThemeIcon {
  if (row.landing) {
    return new vscode.ThemeIcon('pass-filled', new vscode.ThemeColor('testing.iconPassed'));
  }
  if (row.asks.length) {
    return new vscode.ThemeIcon('question', new vscode.ThemeColor('list.warningForeground'));
  }
  switch (row.state) {
    case 'error':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
    case 'waiting':
      return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    case 'working':
      return row.group === 'Landing queue' ? new vscode.ThemeIcon('git-merge') : new vscode.ThemeIcon('sync~spin');
    default:
      return new vscode.ThemeIcon(row.group === 'Over' ? 'circle-slash' : 'circle-outline');
  }
}

function tooltip(row: SessionRow): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  // What agents and tests say is text, never markup.
  const line = (words: string): void => void text.appendText(words).appendMarkdown('\n\n');
  text.appendMarkdown('**').appendText(row.title).appendMarkdown('**\n\n');
  line(`${row.agent}, ${row.detail}`);
  row.asks.forEach((ask) => line(ask.text));
  row.items.slice(0, 8).forEach((failure) => line(failure));
  line(row.workspacePath ? `${row.branch} in ${row.workspacePath}` : row.branch);
  if (row.model || row.cost !== null) {
    line([row.model, row.cost === null ? '' : `$${row.cost.toFixed(2)}`].filter(Boolean).join(', '));
  }
  if (row.summary) {
    line(`“${row.summary}”`);
  }
  row.notices.forEach(line);
  if (row.quiet) {
    text.appendMarkdown('$(bell-slash) ').appendText(quiet());
  }
  return text;
}

function quiet(): string {
  return vscode.l10n.t('no notifications of it');
}
