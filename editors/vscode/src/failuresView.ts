/** What is red, by check. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Mirror } from './mirror';
import type { FailureRow } from './protocol.gen';
import { CI_SOURCE } from './protocol.gen';
import { type Node, Tree, type View } from './tree';

export type FailureNode = Node<FailureRow>;

/** Failures in these states get an agent when somebody asks. */
const FREE = new Set(['open', 'left', 'flaky']);
/** Failures in these states are red no more. */
const GONE = new Set(['fixed', 'already fixed']);
/** Failures in these states are red now and then: listed, and not counted. */
const FLAKY = new Set(['flaky', 'muted']);

/** Is it one that stands against green? */
export function isRed(row: FailureRow): boolean {
  return !GONE.has(row.state) && !FLAKY.has(row.state);
}

/** Is it red here? What only the CI of a pull request sees is mended there. */
export function isHunted(row: FailureRow): boolean {
  return !row.check.startsWith(CI_SOURCE);
}

export function failuresView(mirror: Mirror): View<FailureRow> {
  const tree = new Tree<FailureRow>({ group: heading, row: (row) => item(row, mirror) });
  const view = vscode.window.createTreeView('agentOrchestrator.failures', {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const show = (): void => {
    const groups = new Map<string, (readonly [string, FailureRow])[]>();
    const ids = new Set<string>();
    for (const row of view.visible ? mirror.now.failures : []) {
      if (!GONE.has(row.state)) {
        const members = groups.get(row.check) ?? [];
        // The CI of two pull requests, and two lines of a file, can say the same: the first has the name.
        const id = ids.has(row.id) ? [row.id, row.pull, row.line, row.column].join('\n') : row.id;
        if (!ids.has(id)) {
          ids.add(id);
          groups.set(row.check, [...members, [id, row] as const]);
        }
      }
    }
    tree.show(groups);
  };
  // Thousands of failures that nobody looks at cost nothing.
  const subscriptions = [mirror.onChanged(show), view.onDidChangeVisibility(show), view];
  return { view, tree, dispose: () => subscriptions.forEach((each) => void each.dispose()) };
}

function heading(check: string, rows: readonly FailureRow[]): vscode.TreeItem {
  const item = new vscode.TreeItem(check, vscode.TreeItemCollapsibleState.Expanded);
  item.description = String(rows.length);
  item.iconPath = new vscode.ThemeIcon('beaker');
  item.contextValue = 'check';
  return item;
}

function item(row: FailureRow, mirror: Mirror): vscode.TreeItem {
  const name = row.key || row.rule || row.message;
  const item = new vscode.TreeItem(name);
  const owner = row.session ? `${row.session} ${row.owner}` : row.state === 'open' ? '' : row.state;
  item.description = [owner, row.checkoutOnly ? vscode.l10n.t('in the checkout alone') : '', row.number ? `#${row.number}` : ''].filter(Boolean).join(' · ');
  item.tooltip = [row.message, row.reason].filter(Boolean).join('\n\n');
  const free = FREE.has(row.state) && !row.checkoutOnly;
  const words = { free, hunted: free && isHunted(row), owned: Boolean(row.session) };
  item.contextValue = ['failure', ...Object.entries(words).flatMap(([word, fits]) => (fits ? [word] : []))].join('.');
  item.accessibilityInformation = { label: [name, item.description].filter(Boolean).join(', ') };
  item.iconPath = icon(row);
  const project = mirror.project(row.project);
  if (project && row.path) {
    const line = Math.max(0, row.line - 1);
    const start = new vscode.Position(line, Math.max(0, row.column - 1));
    const uri = vscode.Uri.file(path.join(project.path, row.path));
    item.command = { command: 'vscode.open', title: row.key, arguments: [uri, { selection: new vscode.Range(start, start) }] };
  }
  return item;
}

function icon(row: FailureRow): vscode.ThemeIcon {
  if (row.state === 'claimed') {
    return new vscode.ThemeIcon('sync');
  }
  if (FLAKY.has(row.state)) {
    return new vscode.ThemeIcon('bell-slash');
  }
  return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
}
