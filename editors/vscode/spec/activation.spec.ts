import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, surface, until } from './window';

describe('The extension', () => {
  before(async function () {
    await until('an active extension', () => extension().isActive);
  });

  it('wakes up by itself in a folder with a configuration', () => {
    assert.ok(extension().isActive);
  });

  it('is what was installed, not its sources', () => {
    assert.match(extension().extensionPath, /\/ext\/agent-orchestrator\.agent-orchestrator-[\d.]+(-universal)?$/);
  });

  it('registers every command that it contributes', async () => {
    const { contributes } = extension().packageJSON as { contributes: { commands: { command: string }[] } };
    const known = new Set(await vscode.commands.getCommands(true));
    assert.ok(contributes.commands.length > 30);
    assert.deepEqual(contributes.commands.filter(({ command }) => !known.has(command)), []);
  });

  it('finds the project of the folder', async () => {
    const [project] = await until('a project', () => surface().mirror.now.projects.length && surface().mirror.now.projects);
    assert.equal(project?.id, 'app');
  });

  it('leaves worktrees out of searches and of the watcher', () => {
    const files = vscode.workspace.getConfiguration('files').get<Record<string, boolean>>('watcherExclude');
    const search = vscode.workspace.getConfiguration('search').get<Record<string, boolean>>('exclude');
    assert.equal(files?.['**/.worktrees/**'], true);
    assert.equal(search?.['**/.worktrees'], true);
  });
});
