/** Agent Orchestrator in VS Code: a mirror of what its language server says. */
import * as vscode from 'vscode';
import { Client } from './client';
import { registerCommands } from './commands';
import { committedFiles, showChanges } from './diff';
import { failuresView } from './failuresView';
import { Log } from './log';
import { Mirror } from './mirror';
import { Command } from './protocol.gen';
import { queueView } from './queueView';
import { Review } from './review';
import { sessionsView } from './sessionsView';
import { statusBar } from './statusBar';
import { attach, terminalLinks } from './terminal';
import { testExplorer } from './testing';
import { uriHandler } from './uri';

let client: Client | undefined;

export function activate(context: vscode.ExtensionContext): void {
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
  const sessions = sessionsView(mirror);
  const review = new Review(ours, mirror);
  const say = (key: string, value: unknown): void => void vscode.commands.executeCommand('setContext', `agentOrchestrator.${key}`, value);
  context.subscriptions.push(
    log,
    ours,
    mirror,
    sessions,
    review,
    failuresView(mirror),
    queueView(mirror),
    statusBar(ours, mirror),
    testExplorer(ours, mirror),
    terminalLinks(mirror),
    committedFiles(),
    uriHandler(),
    registerCommands({ client: ours, mirror, log, review, view: sessions.view, tree: sessions.tree }),
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
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
