/** `vscode://agent-orchestrator.agent-orchestrator/session/<id>` shows a session, `…/sessions` all of them. */
import * as vscode from 'vscode';

export function uriHandler(): vscode.Disposable {
  return vscode.window.registerUriHandler({
    handleUri: async ({ path }) => {
      const [, what, session] = path.split('/');
      // A link from elsewhere shows things; it never starts anything.
      if (what === 'session' && session) {
        await vscode.commands.executeCommand('agentOrchestrator.sessions.focus');
        await vscode.commands.executeCommand('agentOrchestrator.reveal', session);
      } else if (what === 'sessions') {
        await vscode.commands.executeCommand('agentOrchestrator.sessions.focus');
      }
    },
  });
}
