/** Agent Orchestrator in VS Code: a mirror of what its language server says. */
import * as vscode from 'vscode';
import { Client } from './client';
import { registerCommands } from './commands';
import { Conversations } from './conversations';
import { committedFiles, showChanges } from './diff';
import { failuresView } from './failuresView';
import { Log } from './log';
import { Mirror } from './mirror';
import type { FailureRow, SessionRow } from './protocol.gen';
import { Command } from './protocol.gen';
import { type Place, queueView } from './queueView';
import { Review } from './review';
import { sessionsView } from './sessionsView';
import { statusBar } from './statusBar';
import { attach, terminalLinks } from './terminal';
import { testExplorer } from './testing';
import type { View } from './tree';
import { uriHandler } from './uri';

/** What other extensions, and the specs of this one, can look at: what is shown, not how. It may change with any version. */
export interface Surface {
  mirror: Mirror;
  sessions: View<SessionRow>;
  failures: View<FailureRow>;
  queue: View<Place>;
  status: vscode.StatusBarItem;
  tests: vscode.TestController;
  conversations: Conversations;
  log: Log;
}

let client: Client | undefined;

export function activate(context: vscode.ExtensionContext): Surface {
  const log = new Log();
  const ours: Client = new Client(context.extensionUri, log, {
    [Command.showAttach]: (session) => attach(ours, session),
    [Command.showDiff]: async (session) => {
      const row = mirror.session(session);
      await (row && showChanges(mirror, row));
    },
  });
  client = ours;
  const mirror = new Mirror(ours, log);
  const [sessions, failures, queue] = [sessionsView(mirror), failuresView(mirror), queueView(mirror)];
  const [status, tests] = [statusBar(ours, mirror), testExplorer(ours, mirror)];
  const [review, conversations] = [new Review(ours, mirror), new Conversations(ours, mirror)];
  const say = (key: string, value: unknown): void => void vscode.commands.executeCommand('setContext', `agentOrchestrator.${key}`, value);
  context.subscriptions.push(
    log,
    ours,
    mirror,
    sessions,
    review,
    conversations,
    failures,
    queue,
    status,
    tests,
    terminalLinks(mirror),
    committedFiles(),
    uriHandler(),
    registerCommands({ client: ours, mirror, log, review, conversations, view: sessions.view, tree: sessions.tree }),
    mirror.onChanged(({ projects }) => say('projects', projects.length)),
    ours.onRunning((running) => (say('running', running), say('failed', !running))),
    vscode.workspace.onDidGrantWorkspaceTrust(() => ours.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('agentOrchestrator.server')) {
        void ours.restart();
      }
    }),
  );
  // Not awaited: the window does not wait for a server.
  void ours.start();
  return { mirror, sessions, failures, queue, status: status.item, tests: tests.controller, conversations, log };
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
