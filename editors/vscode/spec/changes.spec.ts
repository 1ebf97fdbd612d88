import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { begin, errors, marked, row, run, text, until } from './window';

/** Documents of what a session changed, as they are opened beside each other. */
function sides(session: string): { before: vscode.TextDocument; after: vscode.TextDocument } | undefined {
  const path = `${row(session).workspacePath}/half.py`;
  const of = (scheme: string): vscode.TextDocument | undefined =>
    vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === scheme && uri.path === path);
  const [before, after] = [of('ao-file'), of('file')];
  return before && after && { before, after };
}

async function stands(path: string): Promise<boolean> {
  return vscode.workspace.fs.stat(vscode.Uri.file(path)).then(() => true, () => false);
}

describe('What a session changed', () => {
  let session: string;

  before(async () => {
    session = await begin('note and think');
    await until('the new file', () => {
      const path = row(session).workspacePath;
      return path !== '' && stands(`${path}/new.txt`);
    });
    await run('diff', session);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await run('stop', session);
  });

  it('is one editor of all files', () => {
    const labels = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    assert.ok(labels.some((label) => label.startsWith(`${session}: note and think`)), labels.join(', '));
  });

  it('has the file of the base on the left, and that of the worktree on the right', async () => {
    const { before, after } = await until('both sides', () => sides(session));
    assert.equal(before.getText(), await text('half.py'));
    assert.equal(after.getText(), `${before.getText()}# a note\n`);
  });

  it('has nothing on the left of a new file', async () => {
    const left = await until('the empty side', () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'ao-file' && uri.path.endsWith('/new.txt')),
    );
    assert.equal(left.getText(), '');
  });

  it('is edited on the right, in the worktree', async () => {
    const { after } = await until('both sides', () => sides(session));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(after.uri, new vscode.Position(0, 0), '# by hand\n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.ok(await after.save());
    const saved = new TextDecoder().decode(await vscode.workspace.fs.readFile(after.uri));
    assert.ok(saved.startsWith('# by hand\n'));
  });
});

describe('A session that changed nothing', () => {
  it('says so in the place of an empty editor', async () => {
    const session = await begin('think for ever');
    await marked(session, 'runs');
    assert.deepEqual(await errors('diff', session), [`${session} has changed nothing yet`]);
    await run('stop', session);
  });
});
