import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FailureNode } from '../src/failuresView';
import { file, run, surface, until } from './window';

const TEST = 'tests/test_half.py';

/** What is wrong with the test, by us. */
function problems(): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(file(TEST)).filter(({ source }) => source === 'ao:unit');
}

async function failing(): Promise<FailureNode> {
  await vscode.commands.executeCommand('agentOrchestrator.failures.focus');
  const [row] = await until('a failure', () => surface().mirror.now.failures.length && surface().mirror.now.failures);
  return until('the failure in its tree', () => surface().failures.tree.find(row?.id ?? ''));
}

describe('What is red', () => {
  before(async () => {
    await run('trust');
    await until('a diagnostic', () => problems().length);
  });

  it('is an error on the line of the test, whether its file is open or not', () => {
    const [problem] = problems();
    assert.equal(problem?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(problem.range.start.line, 4);
  });

  it('has a quick fix that gives it to an agent', async () => {
    const { uri } = await vscode.workspace.openTextDocument(file(TEST));
    const [problem] = problems();
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, problem?.range);
    const titles = actions.map(({ title }) => title);
    assert.ok(titles.includes('Fix with agent'), titles.join(', '));
    assert.ok(titles.includes('Mute as flake'), titles.join(', '));
  });

  it('is in the tree below its check, as one that an agent can be given', async () => {
    const node = await failing();
    const { tree } = surface().failures;
    const item = tree.getTreeItem(node);
    assert.equal(item.contextValue, 'failure.free.hunted');
    const parent = tree.getParent(node);
    assert.equal(parent && tree.getTreeItem(parent).label, 'unit');
  });

  it('is opened at its line from the tree', async () => {
    const { command } = surface().failures.tree.getTreeItem(await failing());
    await vscode.commands.executeCommand(command?.command ?? '', ...(command?.arguments ?? []));
    const editor = await until('the test in an editor', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.path.endsWith(TEST) && active;
    });
    assert.equal(editor.selection.active.line, 4);
  });

  it('is counted in the status bar, which asks for nobody', () => {
    const { status } = surface();
    assert.match(status.text, /ao: 1 red$/);
    assert.equal(status.backgroundColor, undefined);
    assert.equal(surface().sessions.view.badge, undefined);
  });

  it('is a test below its check in the Test Explorer, at its line', () => {
    const checks = [...surface().tests.items].map(([, item]) => item);
    assert.deepEqual(checks.map(({ label }) => label), ['unit']);
    const tests = checks.flatMap((check) => [...check.children].map(([, item]) => item));
    assert.deepEqual(tests.map(({ label }) => label), ['tests/test_half.py::test_half']);
    assert.equal(tests[0]?.uri?.path, file(TEST).path);
    assert.equal(tests[0].range?.start.line, 4);
  });

  it('can be checked again', async () => {
    await run('check');
    assert.equal(problems().length, 1);
  });

  it('is a lens in the configuration: run this check', async () => {
    const { uri } = await vscode.workspace.openTextDocument(file('agent-orchestrator.yaml'));
    const lenses = await until('lenses', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
      return found.length && found;
    });
    assert.ok(lenses.some(({ command }) => command?.title.includes('Run this check')));
  });
});
