/** The commands of the palette and the menus: what is missing is asked for, then the server does it. */
import * as vscode from 'vscode';
import { answer } from './answer';
import * as choose from './choose';
import type { Given } from './choose';
import { type Client, sentence } from './client';
import { showChanges } from './diff';
import type { Log } from './log';
import type { Mirror } from './mirror';
import type { Conversations } from './conversations';
import type { Review } from './review';
import type { Done, SessionRow } from './protocol.gen';
import { Command } from './protocol.gen';
import { flags, type SessionNode } from './sessionsView';
import { attach } from './terminal';
import type { Tree } from './tree';

/** What commands work with. */
export interface Desk {
  client: Client;
  mirror: Mirror;
  log: Log;
  review: Review;
  conversations: Conversations;
  view: vscode.TreeView<SessionNode>;
  tree: Tree<SessionRow>;
}

type Do = (given: Given, selected: readonly Given[] | undefined) => Promise<unknown>;

export function registerCommands(desk: Desk): vscode.Disposable {
  const all = { ...ofSessions(desk), ...ofProjects(desk), ...ofFailures(desk), ...ofReviews(desk), ...ofWindow(desk) };
  return vscode.Disposable.from(
    ...Object.entries(all).map(([name, work]) =>
      vscode.commands.registerCommand(`agentOrchestrator.${name}`, async (given: Given, selected?: Given[]) => {
        try {
          return await work(given, Array.isArray(selected) ? selected : undefined);
        } catch (error) {
          desk.log.error(sentence(error));
          void vscode.window.showErrorMessage(sentence(error));
          return undefined;
        }
      }),
    ),
  );
}

function ofSessions(desk: Desk): Record<string, Do> {
  const { client, mirror, review } = desk;
  const has = (flag: string) => (row: SessionRow) => flags(row).includes(flag);
  /** A command for each session that is named or chosen. */
  const each =
    (fits: (row: SessionRow) => boolean, work: (row: SessionRow) => Promise<unknown>): Do =>
    async (given, selected) => {
      const named = given === undefined ? undefined : (selected ?? [given]);
      const rows = await choose.sessions(mirror, named, desk.view.selection, fits);
      for (const row of rows) {
        await work(row);
      }
    };
  const run = (command: 'ao.interrupt' | 'ao.keep' | 'ao.restore' | 'ao.putBack') => (row: SessionRow) =>
    tell(client.run(command, { session: row.id }));
  const show = (command: 'ao.showLog' | 'ao.showOwner') => (row: SessionRow) => client.run(command, { session: row.id });
  return {
    attach: each(has('runs'), (row) => attach(client, row.id)),
    answer: each(has('asks'), (row) => answer(client, mirror, row)),
    send: each(has('open'), (row) => send(client, row)),
    interrupt: each(has('runs'), run(Command.interrupt)),
    diff: each(has('changed'), (row) => showChanges(mirror, row)),
    keep: each(has('rests'), run(Command.keep)),
    note: async (given) => isReply(given) && review.note(given),
    sendNotes: each(has('worktree'), (row) => review.send(row)),
    showLog: each(() => true, show(Command.showLog)),
    showHistory: each(() => true, show(Command.showOwner)),
    showPrompt: each(() => true, async (row) => {
      const { text } = await client.run(Command.prompt, { session: row.id });
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: text, language: 'markdown' }));
    }),
    openWorktree: each(has('worktree'), async (row) =>
      vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(row.workspacePath), { forceNewWindow: true }),
    ),
    land: each(has('landable'), (row) => tell(client.run(Command.land, { project: row.project, session: row.id }))),
    allow: each(has('held'), (row) => allow(client, row)),
    stop: each(has('stoppable'), (row) => client.run(Command.stop, { session: row.id })),
    restore: each(has('restorable'), run(Command.restore)),
    putBack: each(has('outside'), run(Command.putBack)),
    quiet: each(has('loud'), (row) => tell(client.run(Command.quiet, { session: row.id, quiet: true }))),
    notify: each(has('quiet'), (row) => tell(client.run(Command.quiet, { session: row.id, quiet: false }))),
    copyId: each(() => true, async (row) => vscode.env.clipboard.writeText(row.id)),
    reveal: async (given) => {
      const node = typeof given === 'string' ? desk.tree.find(given) : undefined;
      if (!node) {
        throw new Error(vscode.l10n.t('{0} is no session that is shown here', String(given)));
      }
      await desk.view.reveal(node, { select: true, focus: true });
    },
  };
}

/** Say in the status bar what was done. */
async function tell(done: Promise<Done>): Promise<void> {
  vscode.window.setStatusBarMessage((await done).message.split('\n')[0] ?? '', 5000);
}

/** Is it what a thread of comments hands to its command? */
function isReply(given: Given): given is Extract<Given, vscode.CommentReply> {
  return typeof given === 'object' && 'thread' in given;
}

async function send(client: Client, row: SessionRow): Promise<void> {
  const prompt = vscode.l10n.t('What is to be said to {0}?', row.agent);
  const text = await vscode.window.showInputBox({ title: `${row.id}: ${row.title}`, prompt, ignoreFocusOut: true });
  if (text) {
    await client.run(Command.send, { session: row.id, text });
  }
}

/** What is held lands only when the person has read why. */
async function allow(client: Client, row: SessionRow): Promise<void> {
  const yes = vscode.l10n.t('Allow and Land');
  const detail = row.held.join('\n');
  if ((await vscode.window.showWarningMessage(row.title, { modal: true, detail }, yes)) === yes) {
    await client.run(Command.land, { project: row.project, session: row.id, allow: true });
  }
}

function ofProjects({ client, mirror }: Desk): Record<string, Do> {
  const inProject = (work: (project: string) => Promise<unknown>): Do => async () => {
    const project = await choose.project(mirror);
    return project === undefined ? undefined : work(project);
  };
  return {
    newSession: inProject((project) => begin(client, project)),
    newSessionWith: inProject(async (project) => {
      const agent = await chooseAgent(client, project);
      return agent && begin(client, project, agent);
    }),
    hunt: inProject((project) => client.run(Command.hunt, { project })),
    check: inProject((project) => client.run(Command.check, { project })),
    pause: inProject((project) => tell(client.run(Command.pause, { project }))),
    resume: inProject((project) => tell(client.run(Command.resume, { project }))),
    trust: inProject((project) => tell(client.run(Command.trust, { project }))),
    clean: inProject((project) => tell(client.run(Command.clean, { project }))),
    doctor: inProject(async (project) => {
      const { findings } = await client.run(Command.doctor, { project });
      const lines = findings.map((row) => `- ${row.level}: ${row.what}: ${row.found}${row.advice ? `\n  ${row.advice}` : ''}`);
      const content = `# Doctor\n\n${lines.join('\n')}\n`;
      return vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'markdown' }));
    }),
    stopAll: inProject(async (project) => {
      const yes = vscode.l10n.t('Stop All');
      const question = vscode.l10n.t('Stop every session of this project? Their work is saved.');
      if ((await vscode.window.showWarningMessage(question, { modal: true }, yes)) === yes) {
        await client.run(Command.stop, { project });
      }
    }),
    undo: async (given) => {
      const landing = await choose.landing(mirror, given);
      return landing && tell(client.run(Command.undo, { project: landing.project, landing: landing.id }));
    },
  };
}

async function begin(client: Client, project: string, agent = ''): Promise<unknown> {
  const prompt = vscode.l10n.t('What is to be done?');
  const task = await vscode.window.showInputBox({ title: vscode.l10n.t('New session'), prompt, ignoreFocusOut: true });
  return task && client.run(Command.spawn, { project, task, agent });
}

async function chooseAgent(client: Client, project: string): Promise<string | undefined> {
  const { agents } = await client.run(Command.doctor, { project });
  const items = agents.map(({ name, cost, lacks }) => ({ label: name, description: cost, detail: lacks }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which agent?') }))?.label;
}

function ofFailures({ client, mirror }: Desk): Record<string, Do> {
  return {
    fix: async (given, selected) => {
      const { jobs, hunt } = choose.toFix(mirror, given, selected);
      for (const { project, pull, job: check } of jobs) {
        await tell(client.run(Command.ciFix, { project, pull, check }));
      }
      return hunt && client.run(Command.hunt, hunt);
    },
    fixWith: async (given, selected) => {
      const { hunt } = choose.toFix(mirror, given, selected);
      if (!hunt) {
        throw new Error(vscode.l10n.t('What only CI sees is mended at its pull request, by the agent of that.'));
      }
      return client.run(Command.fixWith, hunt);
    },
    mute: async (given, selected) => {
      for (const { id: failure } of choose.failures(mirror, given, selected)) {
        await client.run(Command.mute, { failure });
      }
    },
  };
}

function ofReviews({ conversations }: Desk): Record<string, Do> {
  const inThread = (work: (thread: vscode.CommentThread) => Promise<unknown>): Do => async (given) => isThread(given) && work(given);
  return {
    replyThread: async (given) => isReply(given) && conversations.reply(given),
    resolveThread: inThread((thread) => conversations.resolve(thread)),
    sendThread: inThread((thread) => conversations.send(thread)),
    hearOnce: inThread((thread) => conversations.hear(thread, false)),
    hearAlways: inThread((thread) => conversations.hear(thread, true)),
  };
}

/** Is it a thread of comments, as its menus hand over? */
function isThread(given: Given): given is vscode.CommentThread {
  return typeof given === 'object' && 'comments' in given;
}

function ofWindow({ client, log }: Desk): Record<string, Do> {
  return {
    showSessions: () => client.run(Command.showSessions, {}),
    restartServer: () => client.restart(),
    showOutput: async () => log.show(),
    setUp: async () => {
      const terminal = vscode.window.createTerminal({ name: 'ao', cwd: vscode.workspace.workspaceFolders?.[0]?.uri });
      terminal.show();
      terminal.sendText(client.commandLine('start'));
    },
  };
}
