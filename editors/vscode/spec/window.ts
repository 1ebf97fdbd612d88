/** The window that specs run in: the installed extension, and waiting for what it shows. */
import * as vscode from 'vscode';
import type { Surface } from '../src/extension';
import type { SessionRow } from '../src/protocol.gen';

const PATIENCE = 30_000;

export const ID = 'agent-orchestrator.agent-orchestrator';

/** The extension as it was installed. */
export function extension(): vscode.Extension<Surface> {
  const found = vscode.extensions.getExtension<Surface>(ID);
  if (!found) {
    throw new Error(`${ID} is not installed`);
  }
  return found;
}

/** What the extension shows. */
export function surface(): Surface {
  return extension().exports;
}

/** The folder that the window is opened on. */
export function folder(): vscode.Uri {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  if (!first) {
    throw new Error('no folder is open');
  }
  return first.uri;
}

export function file(path: string): vscode.Uri {
  return vscode.Uri.joinPath(folder(), path);
}

/** The text of a file on disk. */
export async function text(path: string): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(file(path)));
}

type Nothing = undefined | false | 0 | '';

/** What `find` gives as soon as that is something. It is asked again often: not everything that is shown tells of it. */
export async function until<T>(what: string, find: () => T | Promise<T>): Promise<Exclude<T, Nothing>> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await find();
    if (found) {
      return found as Exclude<T, Nothing>;
    }
    if (Date.now() > deadline) {
      const rows = surface().mirror.now.sessions.map((row) => `${row.id} ${row.group}: ${row.detail}`);
      throw new Error(`never seen: ${what}; sessions: ${rows.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Run a command of ours, and give the errors that a person is told. */
export async function errors(command: string, ...args: unknown[]): Promise<string[]> {
  const { log } = surface();
  const told: string[] = [];
  const original = log.error.bind(log);
  log.error = (words) => void told.push(words);
  try {
    await vscode.commands.executeCommand(`agentOrchestrator.${command}`, ...args);
  } finally {
    log.error = original;
  }
  return told;
}

/** Run a command of ours that nothing is wrong with. */
export async function run(command: string, ...args: unknown[]): Promise<void> {
  const told = await errors(command, ...args);
  if (told.length) {
    throw new Error(`${command}: ${told.join('; ')}`);
  }
}

/** The row of a session. */
export function row(session: string): SessionRow {
  const found = surface().mirror.session(session);
  if (!found) {
    throw new Error(`there is no ${session}`);
  }
  return found;
}

/** A session's line in the tree. */
export function item(session: string): vscode.TreeItem {
  const { tree } = surface().sessions;
  const node = tree.find(session);
  if (!node) {
    throw new Error(`${session} is not in the tree`);
  }
  return tree.getTreeItem(node);
}

/** The words that menus look for in a session's line. */
export function flags(session: string): string[] {
  return item(session).contextValue?.split('.').slice(1) ?? [];
}

/** Begin a session of the scripted agent, which does what its plan says for the task. */
export async function begin(task: string): Promise<string> {
  const done = await vscode.commands.executeCommand<{ id: string }>('ao.spawn', { project: 'app', task, agent: 'scripted' });
  await until(`${done.id} in the tree`, () => surface().sessions.tree.find(done.id));
  return done.id;
}

/** Wait until a session's line has a mark that menus look for. */
export async function marked(session: string, flag: string): Promise<void> {
  await until(`${session} ${flag}`, () => surface().sessions.tree.find(session) && flags(session).includes(flag));
}

/** Give the failing test to the agent that asks before it mends anything. */
export async function ask(): Promise<string> {
  const failure = await until('a free failure', () => surface().mirror.now.failures.find(({ state }) => state !== 'claimed'));
  await vscode.commands.executeCommand('agentOrchestrator.failures.focus');
  await run('fix', await until('its line', () => surface().failures.tree.find(failure.id)));
  const { id } = await until('a question', () => surface().mirror.now.sessions.find(({ asks }) => asks.length));
  await marked(id, 'asks');
  return id;
}
