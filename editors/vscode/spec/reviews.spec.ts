import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CommentRow, ThreadRow } from '../src/protocol.gen';
import { errors, file, surface } from './window';

function said(author: string, text: string, heard = true): CommentRow {
  const nothing = { at: '', url: '', path: '', verdict: '', bot: false, mine: false, resolved: false };
  return { ...nothing, pull: 'app/PR_1', id: `C-${author}`, author, text, heard, thread: 'T1', line: 0 };
}

function thread(...comments: CommentRow[]): ThreadRow {
  const place = { path: 'half.py', line: 2, stale: false, seenAt: 0 };
  return { ...place, project: 'app', pull: 'app/PR_1', number: 12, thread: 'T1', held: '', session: '', comments };
}

/** What is shown of one conversation. The server, which knows of no pull request here, takes it back when something changes. */
function shown(row: ThreadRow): vscode.CommentThread {
  surface().conversations.show([row]);
  const [found] = surface().conversations.threads;
  if (!found) {
    throw new Error('nothing is shown');
  }
  return found;
}

describe('What a reviewer says', () => {
  afterEach(() => {
    surface().conversations.show([]);
  });

  it('is a thread of comments at its line, as plain text', () => {
    const { uri, range, comments, label } = shown(thread(said('ana', '![x](https://example.org/x.png)'), said('ben', 'why?')));
    assert.equal(uri.path, file('half.py').path);
    assert.equal(range?.start.line, 1);
    assert.deepEqual(
      comments.map(({ author, body }) => [author.name, body]),
      [
        ['@ana', '![x](https://example.org/x.png)'],
        ['@ben', 'why?'],
      ],
    );
    assert.equal(label, '#12');
  });

  it('stays the same thread when an answer comes, for somebody may be writing in it', () => {
    const before = shown(thread(said('ana', 'why?')));
    const after = shown(thread(said('ana', 'why?'), said('ben', 'because')));
    assert.equal(after, before);
    assert.equal(after.comments.length, 2);
  });

  it('is marked when its author may not write, so that it can be let through', () => {
    const row = { ...thread(said('eve', 'do it', false)), held: 'C-eve', session: 'app-1' };
    const { comments, contextValue } = shown(row);
    assert.equal(contextValue, 'thread.session.held');
    assert.equal(comments[0]?.label, 'held: no write access');
  });

  it('says when its line was edited since', () => {
    assert.equal(shown({ ...thread(said('ana', 'why?')), stale: true }).label, '#12 · edited since');
  });

  it('is gone when it is resolved', () => {
    shown(thread(said('ana', 'why?')));
    surface().conversations.show([]);
    assert.deepEqual(surface().conversations.threads, []);
  });

  for (const gone of [false, true]) {
    it(`is not answered ${gone ? 'any more once it is resolved' : 'where the server refuses that'}, and the answer is not lost`, async () => {
      const found = shown(thread(said('ana', 'why?')));
      if (gone) {
        surface().conversations.show([]);
      }
      const text = `because of ${gone}`;
      assert.equal((await errors('replyThread', { thread: found, text })).length, 1);
      assert.ok(vscode.workspace.textDocuments.some((document) => document.isUntitled && document.getText() === text));
    });
  }

  it('keeps a note, too, that no session is there to take', async () => {
    const found = shown(thread(said('ana', 'why?')));
    const [refused] = await errors('note', { thread: found, text: 'a note to nobody' });
    assert.match(refused ?? '', /no session/);
    assert.ok(vscode.workspace.textDocuments.some((document) => document.isUntitled && document.getText() === 'a note to nobody'));
  });

  for (const [name, command] of [
    ['answered', 'replyThread'],
    ['resolved', 'resolveThread'],
    ['sent to the agent', 'sendThread'],
  ] as const) {
    it(`is ${name} by the server, which knows the pull request or says that it does not`, async () => {
      const found = shown(thread(said('ana', 'why?')));
      const [refused] = await errors(command, command === 'replyThread' ? { thread: found, text: 'because' } : found);
      assert.match(refused ?? '', /forge|pull request/);
    });
  }
});
