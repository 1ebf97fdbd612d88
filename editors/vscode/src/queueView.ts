/** The landing queue, and what has landed. */
import * as vscode from 'vscode';
import type { Mirror } from './mirror';
import type { LandingRow, QueueRow } from './protocol.gen';
import { type Node, Tree, type View } from './tree';

export type Place = { kind: 'queued'; entry: QueueRow } | { kind: 'landing'; landing: LandingRow };
export type PlaceNode = Node<Place>;

export function queueView(mirror: Mirror): View<Place> {
  const tree = new Tree<Place>({ group: heading, row: item });
  const view = vscode.window.createTreeView('agentOrchestrator.queue', { treeDataProvider: tree });
  const subscription = mirror.onChanged(({ queue, landings }) => {
    const waiting = queue.map((entry) => [`queued:${entry.session}`, { kind: 'queued', entry }] as const);
    const landed = [...landings]
      .sort((a, b) => b.at - a.at)
      .map((landing) => [`landing:${landing.id}`, { kind: 'landing', landing }] as const);
    const groups: [string, (readonly [string, Place])[]][] = [
      [vscode.l10n.t('Waiting'), waiting],
      [vscode.l10n.t('Landed'), landed],
    ];
    tree.show(new Map(groups.filter(([, members]) => members.length)));
  });
  return { view, tree, dispose: () => (subscription.dispose(), view.dispose()) };
}

/** The session that a place is of. */
export function sessionOf(place: Place): string {
  return place.kind === 'queued' ? place.entry.session : place.landing.session;
}

function heading(name: string, rows: readonly Place[]): vscode.TreeItem {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
  item.description = String(rows.length);
  return item;
}

function item(place: Place): vscode.TreeItem {
  if (place.kind === 'queued') {
    const { position, title, state, session } = place.entry;
    const item = new vscode.TreeItem(`${position}. ${title}`);
    item.description = `${state} · ${session}`;
    item.iconPath = new vscode.ThemeIcon('git-pull-request');
    item.contextValue = 'queued';
    return item;
  }
  const { title, commit, target, at, fixed, allowedBy, undoes } = place.landing;
  const item = new vscode.TreeItem(title || commit.slice(0, 7));
  item.description = `${commit.slice(0, 7)} → ${target} · ${new Date(at * 1000).toLocaleTimeString()}`;
  item.tooltip = [...fixed, allowedBy ? vscode.l10n.t('allowed by {0}', allowedBy) : ''].filter(Boolean).join('\n');
  item.iconPath = new vscode.ThemeIcon(undoes ? 'discard' : 'git-merge', new vscode.ThemeColor('testing.iconPassed'));
  item.contextValue = 'landing';
  return item;
}
