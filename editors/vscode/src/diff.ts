/** What a session changed: every file beside what it was. The worktree's own files are on the right and can be edited. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { changedBetween, changedInWorktree, fileAt } from './git';
import type { Mirror } from './mirror';
import type { SessionRow } from './protocol.gen';

/** Documents of files as they are in a commit: `ao-file:<path of what it is shown beside>?<repository, commit, path>`. */
const SCHEME = 'ao-file';

interface At {
  repository: string;
  commit: string;
  path: string;
}

/** A file with the same path on both sides is not shown as moved. */
function document(at: At, beside = `/${at.path}`): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: beside, query: JSON.stringify(at) });
}

export function committedFiles(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async ({ query }) => {
      const at = JSON.parse(query) as At;
      // A side on which the file is not is empty.
      return at.commit ? fileAt(at.repository, at.commit, at.path) : '';
    },
  });
}

/** Show it in one editor of many files. */
export async function showChanges(mirror: Mirror, session: SessionRow): Promise<void> {
  const landing = mirror.now.landings.find(({ id }) => id === session.landing);
  const live = !landing && session.workspacePath;
  const repository = live || mirror.project(session.project)?.path || '';
  const base = landing?.base ?? session.base;
  const head = landing?.commit ?? session.head;
  if (!live && !head) {
    throw new Error(vscode.l10n.t('{0} has changed nothing yet', session.id));
  }
  const files = await (live ? changedInWorktree(live, base) : changedBetween(repository, base, head));
  if (!files.length) {
    throw new Error(vscode.l10n.t('{0} has changed nothing yet', session.id));
  }
  const resources = files.map((file) => {
    const now = live ? vscode.Uri.file(path.join(live, file.path)) : document({ repository, commit: head, path: file.path });
    const at = (commit: string): vscode.Uri => document({ repository, commit, path: file.path }, now.path);
    return [now, at(file.before ? base : ''), file.after ? now : at('')];
  });
  await vscode.commands.executeCommand('vscode.changes', `${session.id}: ${session.title}`, resources);
}
