import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PlaceNode } from '../src/queueView';
import { ask, begin, errors, file, flags, marked, row, run, surface, text, until } from './window';

const TEST = 'tests/test_half.py';
const CODE = 'half.py';

/** The line of a session's landing. */
function landed(session: string): Promise<PlaceNode> {
  return until('a landing', () => {
    const landing = surface().mirror.now.landings.find((each) => each.session === session);
    return landing && surface().queue.tree.find(`landing:${landing.id}`);
  });
}

function red(): number {
  return vscode.languages.getDiagnostics(file(TEST)).filter(({ source }) => source === 'ao:unit').length;
}

describe('A fix that lands', () => {
  let session: string;
  let landing: PlaceNode;

  before(async () => {
    session = await ask();
    const answered = run('answer', session);
    // The agent's first option is its yes.
    await until('the answer given', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return !row(session).asks.length;
    });
    await answered;
    landing = await landed(session);
  });

  it('takes the diagnostic away', async () => {
    await until('no diagnostic', () => red() === 0);
  });

  it('is in the checkout', async () => {
    await until('the mended file', async () => (await text(CODE)).includes('a / 2'));
  });

  it('is a line of the landing queue, which can be undone', () => {
    assert.equal(surface().queue.tree.getTreeItem(landing).contextValue, 'landing');
  });

  it('leaves a session that is over, with nothing to do but to look at it and to undo it', async () => {
    await marked(session, 'landed');
    await until('no worktree', () => !row(session).workspacePath);
    assert.deepEqual(flags(session), ['changed', 'landed']);
  });

  it('is shown as the commit that landed', async () => {
    await run('diff', session);
    const sides = await until('both sides', () => {
      const found = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'ao-file' && uri.path === `/${CODE}`);
      return found.length === 2 && found;
    });
    const texts = sides.map((side) => side.getText());
    assert.ok(texts.some((side) => side.includes('a // 2')));
    assert.ok(texts.some((side) => side.includes('a / 2')));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('does not land twice, and the refusal says so', async () => {
    assert.deepEqual(await errors('land', session), [`${session} is over: landed or stopped`]);
  });

  it('is taken back from the queue, once', async () => {
    await run('undo', landing);
    await until('the file as it was', async () => (await text(CODE)).includes('a // 2'));
    await until('the diagnostic again', () => red() === 1);
    const [told] = await errors('undo', landing);
    assert.match(told ?? '', /was taken back already/);
  });
});

describe('Work that takes a test away', () => {
  let session: string;

  before(async () => {
    session = await begin('take the test away');
    await marked(session, 'held');
  });

  after(async () => {
    await run('stop', session);
  });

  it('waits for a person, who may look at it, land it or edit it', () => {
    assert.equal(row(session).group, 'Needs you');
    assert.deepEqual(flags(session), ['open', 'stoppable', 'held', 'rests', 'loud', 'changed', 'worktree', 'landable']);
  });

  it('does not land unless that is allowed, and the refusal says why', async () => {
    const [told] = await errors('land', session);
    assert.match(told ?? '', new RegExp(`^${session} is held: .*deletes tests`));
  });
});

describe('What a person changes in the worktree of a session that rests', () => {
  it('is kept, proven and landed', async () => {
    const session = await begin('do nothing');
    await marked(session, 'rests');
    const path = vscode.Uri.file(`${row(session).workspacePath}/by-hand.txt`);
    await vscode.workspace.fs.writeFile(path, new TextEncoder().encode('by hand\n'));
    await run('keep', session);
    await landed(session);
    await until('the file in the checkout', () => text('by-hand.txt').then((is) => is === 'by hand\n', () => false));
  });
});

describe('A file of the checkout that changed while an agent ran', () => {
  it('is put back', async () => {
    const before = await text(CODE);
    const session = await begin('reach out');
    await marked(session, 'outside');
    assert.notEqual(await text(CODE), before);
    await run('putBack', session);
    await until('the file as it was', async () => (await text(CODE)) === before);
    await run('stop', session);
  });
});
