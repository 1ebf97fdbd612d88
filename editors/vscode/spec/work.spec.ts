import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ask, begin, errors, file, flags, item, marked, row, run, surface, until } from './window';

const TEST = 'tests/test_half.py';

describe('An agent that asks', () => {
  let session: string;

  before(async () => {
    session = await ask();
  });

  after(async () => {
    await run('stop', session);
    await marked(session, 'restorable');
  });

  it('can be answered, joined, silenced and stopped, and does not rest', () => {
    assert.deepEqual(flags(session), ['open', 'stoppable', 'asks', 'runs', 'loud', 'changed', 'worktree']);
  });

  it('is in the group of what needs a person', () => {
    const { tree } = surface().sessions;
    const node = tree.find(session);
    const parent = node && tree.getParent(node);
    assert.equal(parent && tree.getTreeItem(parent).label, 'Needs you');
  });

  it('is counted by the badge and the status bar, which leads to the answer', () => {
    const { sessions, status } = surface();
    assert.deepEqual(sessions.view.badge, { value: 1, tooltip: '1 needs you' });
    assert.match(status.text, /1 needs you/);
    assert.equal((status.backgroundColor as vscode.ThemeColor).id, 'statusBarItem.warningBackground');
    assert.equal(status.command, 'agentOrchestrator.answer');
  });

  it('is said in the diagnostic of its failure', () => {
    const [problem] = vscode.languages.getDiagnostics(file(TEST));
    assert.ok(problem?.message.includes(session), problem?.message);
  });

  it('is a lens at its failure', async () => {
    const { uri } = await vscode.workspace.openTextDocument(file(TEST));
    const lens = await until('a lens', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
      return found.find(({ command }) => command?.title.includes('Show'));
    });
    assert.equal(lens.range.start.line, 4);
  });

  it('owns its failure in the tree', () => {
    const { tree } = surface().failures;
    const node = tree.find(surface().mirror.now.failures[0]?.id ?? '');
    assert.equal(node && tree.getTreeItem(node).contextValue, 'failure.owned');
  });

  it('is silenced and heard again', async () => {
    await run('quiet', session);
    await marked(session, 'quiet');
    assert.match(String(item(session).description), /🔕$/);
    assert.ok((item(session).tooltip as vscode.MarkdownString).value.includes('$(bell-slash)'));
    await run('notify', session);
    await marked(session, 'loud');
    assert.doesNotMatch(String(item(session).description), /🔕/);
  });

  it('has nothing to land, and the refusal says so', async () => {
    assert.deepEqual(await errors('land', session), [`${session} has nothing to land yet`]);
  });
});

describe('An agent at work', () => {
  let session: string;

  before(async () => {
    session = await begin('think for ever');
    await marked(session, 'runs');
  });

  after(async () => {
    await run('stop', session);
  });

  it('spins in the group of those at work', () => {
    assert.equal(row(session).group, 'At work');
    assert.equal((item(session).iconPath as vscode.ThemeIcon).id, 'sync~spin');
  });

  it('is joined in a terminal with its name, once', async () => {
    await run('attach', session);
    await run('attach', session);
    const named = vscode.window.terminals.filter(({ name }) => name === session);
    named.forEach((terminal) => terminal.dispose());
    assert.equal(named.length, 1);
  });

  it('is counted in the status bar, which leads to the tree', () => {
    assert.match(surface().status.text, /^\$\(sync~spin\) ao: .*1 at work/);
    assert.equal(surface().status.command, 'agentOrchestrator.sessions.focus');
  });
});

describe('A stopped session', () => {
  let session: string;

  before(async () => {
    session = await begin('think for ever');
    await marked(session, 'runs');
    await run('stop', session);
    await marked(session, 'restorable');
  });

  it('is over, and can only be restored', async () => {
    assert.equal(row(session).group, 'Over');
    await until('no worktree', () => !row(session).workspacePath);
    assert.deepEqual(flags(session), ['restorable']);
  });

  it('is not joined, and the refusal says what shows its output', async () => {
    const [told] = await errors('attach', session);
    assert.match(told ?? '', /has no agent running now/);
  });

  it('is brought back', async () => {
    await run('restore', session);
    await marked(session, 'open');
    assert.notEqual(row(session).group, 'Over');
    await run('stop', session);
  });
});

describe('A session that is not there', () => {
  it('is said to be none', async () => {
    assert.deepEqual(await errors('stop', 'app-99'), ['There is no session to do that with.']);
  });
});
