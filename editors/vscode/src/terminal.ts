/** Sessions in terminals: joining their programs, and links where their ids stand. */
import * as vscode from 'vscode';
import type { Client } from './client';
import type { Mirror } from './mirror';
import { Command } from './protocol.gen';

const open = new Map<string, vscode.Terminal>();

/** Join a session's program in an integrated terminal; the one that is there already is shown again. */
export async function attach(client: Client, session: string): Promise<void> {
  const known = open.get(session);
  if (known && known.exitStatus === undefined) {
    known.show();
    return;
  }
  const { argv, env } = await client.run(Command.attach, { session });
  const [shellPath = '', ...shellArgs] = argv;
  const terminal = vscode.window.createTerminal({
    name: session,
    shellPath,
    shellArgs,
    env,
    iconPath: new vscode.ThemeIcon('terminal'),
    // It is the session's life, not the terminal's.
    isTransient: true,
  });
  open.set(session, terminal);
  terminal.show();
}

interface Link extends vscode.TerminalLink {
  session: string;
}

/** Session ids are links to their sessions; closed terminals are forgotten. */
export function terminalLinks(mirror: Mirror): vscode.Disposable {
  const provider: vscode.TerminalLinkProvider<Link> = {
    provideTerminalLinks: ({ line }) =>
      [...line.matchAll(/[\w-]+/g)]
        .filter(([word]) => mirror.session(word))
        .map(({ 0: session, index }) => ({
          startIndex: index,
          length: session.length,
          tooltip: vscode.l10n.t('Show the session'),
          session,
        })),
    handleTerminalLink: ({ session }) => vscode.commands.executeCommand('agentOrchestrator.reveal', session),
  };
  return vscode.Disposable.from(
    vscode.window.registerTerminalLinkProvider(provider),
    vscode.window.onDidCloseTerminal((closed) => {
      for (const [session, terminal] of open) {
        if (terminal === closed) {
          open.delete(session);
        }
      }
    }),
  );
}
