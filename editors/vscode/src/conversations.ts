/** What reviewers say of pull requests: threads of comments on the lines of the files here, to be answered from here. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Client } from './client';
import type { Mirror } from './mirror';
import type { CommentRow, ThreadRow } from './protocol.gen';
import { Command } from './protocol.gen';
import { orShown } from './unsent';

/** A conversation as it is shown, and what it was made of. */
interface Shown {
  thread: vscode.CommentThread;
  row: ThreadRow;
}

export class Conversations implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController('agentOrchestrator.reviews', vscode.l10n.t('Reviews'));
  private readonly shown = new Map<string, Shown>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly client: Client,
    private readonly mirror: Mirror,
  ) {
    this.controller.options = { prompt: vscode.l10n.t('Reply'), placeHolder: vscode.l10n.t('What is to be answered?') };
    this.subscription = mirror.onChanged(({ threads }) => this.show(threads));
  }

  /** What is shown, for specs. */
  get threads(): readonly vscode.CommentThread[] {
    return [...this.shown.values()].map(({ thread }) => thread);
  }

  /** Answer in a conversation. */
  async reply({ thread, text }: vscode.CommentReply): Promise<void> {
    if (!text.trim()) {
      return;
    }
    await orShown(text, async () => {
      const row = this.rowOf(thread);
      if (!row) {
        throw new Error(vscode.l10n.t('Nothing was said: the conversation is resolved, or its pull request is over.'));
      }
      await this.client.run(Command.commentReply, { ...at(row), thread: row.thread, text });
    });
  }

  async resolve(thread: vscode.CommentThread): Promise<void> {
    const row = this.rowOf(thread);
    await (row && this.client.run(Command.commentResolve, { ...at(row), thread: row.thread }));
  }

  /** Tell the agent of the pull request what is said. */
  async send(thread: vscode.CommentThread): Promise<void> {
    const row = this.rowOf(thread);
    await (row && this.client.run(Command.commentSend, { ...at(row), thread: row.thread }));
  }

  /** Let what is held reach agents: what was said, or whatever that person says. */
  async hear(thread: vscode.CommentThread, always: boolean): Promise<void> {
    const row = this.rowOf(thread);
    await (row?.held && this.client.run(Command.commentAllow, { ...at(row), comment: row.held, always }));
  }

  private rowOf(thread: vscode.CommentThread): ThreadRow | undefined {
    return [...this.shown.values()].find((shown) => shown.thread === thread)?.row;
  }

  /** Show these and no others. Threads stay as they are where nothing is new: somebody may be writing in one. */
  show(rows: readonly ThreadRow[]): void {
    const now = new Map(rows.map((row) => [`${row.pull}\n${row.thread}`, row]));
    for (const [key, { thread }] of [...this.shown]) {
      if (!now.has(key)) {
        thread.dispose();
        this.shown.delete(key);
      }
    }
    for (const [key, row] of now) {
      const known = this.shown.get(key);
      if (JSON.stringify(known?.row) !== JSON.stringify(row)) {
        this.put(key, row, known?.thread);
      }
    }
  }

  private put(key: string, row: ThreadRow, known: vscode.CommentThread | undefined): void {
    const project = this.mirror.project(row.project);
    if (!project) {
      return;
    }
    const uri = vscode.Uri.file(path.join(project.path, row.path));
    const start = new vscode.Position(Math.max(row.line - 1, 0), 0);
    const range = new vscode.Range(start, start);
    if (known && known.uri.fsPath !== uri.fsPath) {
      known.dispose();
    }
    const same = known?.uri.fsPath === uri.fsPath ? known : undefined;
    const thread = same ?? this.controller.createCommentThread(uri, range, []);
    thread.range = range;
    thread.comments = row.comments.map(comment);
    thread.label = [`#${row.number}`, row.stale ? vscode.l10n.t('edited since') : ''].filter(Boolean).join(' · ');
    thread.contextValue = ['thread', ...(row.session ? ['session'] : []), ...(row.held ? ['held'] : [])].join('.');
    if (!same) {
      thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
    }
    this.shown.set(key, { thread, row });
  }

  dispose(): void {
    this.subscription.dispose();
    this.controller.dispose();
  }
}

/** A comment as plain text: what strangers write is not laid out, so that it loads and runs nothing. */
function comment(row: CommentRow): vscode.Comment {
  const label = row.heard ? undefined : vscode.l10n.t('held: no write access');
  return { body: row.text, mode: vscode.CommentMode.Preview, author: { name: `@${row.author}` }, label };
}

function at({ project, pull }: ThreadRow): { project: string; pull: string } {
  return { project, pull };
}
