/** Notes on a session's files: comments in its worktree, collected by the server and sent to its agent as one message. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Client } from './client';
import type { Mirror } from './mirror';
import type { SessionRow } from './protocol.gen';
import { Command } from './protocol.gen';
import { orShown } from './unsent';

export class Review implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController('agentOrchestrator', 'Agent Orchestrator');
  /** What was noted and is not sent yet, by session. */
  private readonly threads = new Map<string, Set<vscode.CommentThread>>();

  constructor(
    private readonly client: Client,
    private readonly mirror: Mirror,
  ) {
    this.controller.options = { prompt: vscode.l10n.t('A note to the agent'), placeHolder: vscode.l10n.t('What is to be different?') };
    this.controller.commentingRangeProvider = {
      provideCommentingRanges: (document) =>
        this.sessionOf(document.uri) ? [new vscode.Range(0, 0, Math.max(document.lineCount - 1, 0), 0)] : [],
    };
  }

  /** Add what was written in a thread to the session's notes. */
  async note({ thread, text }: vscode.CommentReply): Promise<void> {
    if (!text.trim()) {
      return;
    }
    await orShown(text, async () => {
      const session = this.sessionOf(thread.uri);
      if (!session) {
        throw new Error(vscode.l10n.t('Nothing was noted: no session works on this file any more.'));
      }
      const { start, end } = thread.range ?? new vscode.Range(0, 0, 0, 0);
      const lines = { line: start.line + 1, endLine: end.line + 1 };
      await this.client.run(Command.reviewAdd, { session: session.id, path: thread.uri.fsPath, ...lines, note: text });
      const author = { name: vscode.l10n.t('You') };
      thread.comments = [...thread.comments, { body: text, mode: vscode.CommentMode.Preview, author }];
      thread.label = vscode.l10n.t('For {0}, not sent yet', session.agent);
      this.threads.set(session.id, (this.threads.get(session.id) ?? new Set()).add(thread));
    });
  }

  /** Send a session's notes; they are no more shown then. */
  async send(session: SessionRow): Promise<void> {
    await this.client.run(Command.reviewSend, { session: session.id });
    this.threads.get(session.id)?.forEach((thread) => thread.dispose());
    this.threads.delete(session.id);
  }

  private sessionOf(uri: vscode.Uri): SessionRow | undefined {
    const inside = (folder: string): boolean => uri.scheme === 'file' && uri.fsPath.startsWith(folder + path.sep);
    return this.mirror.now.sessions.find(({ workspacePath }) => workspacePath && inside(workspacePath));
  }

  dispose(): void {
    this.controller.dispose();
  }
}
