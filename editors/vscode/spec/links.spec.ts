import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { begin, errors, ID, marked, run, surface, until } from './window';

/** Follow a link to the extension, as the window does with those from elsewhere. */
async function follow(path: string): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(`${vscode.env.uriScheme}://${ID}/${path}`));
}

describe('A link to a session', () => {
  let session: string;

  before(async () => {
    session = await begin('think for ever');
    await marked(session, 'runs');
  });

  after(async () => {
    await run('stop', session);
  });

  it('selects it in the tree', async () => {
    await follow(`session/${session}`);
    await until('the selected session', () => surface().sessions.view.selection.some(({ id }) => id === session));
  });

  it('starts and stops nothing', async () => {
    const before = surface().mirror.now.sessions.length;
    await follow(`stop/${session}`);
    await follow('new');
    assert.equal(surface().mirror.now.sessions.length, before);
  });
});

describe('A link to a session that is not there', () => {
  it('is said to be none', async () => {
    assert.deepEqual(await errors('reveal', 'app-99'), ['app-99 is no session that is shown here']);
  });
});
