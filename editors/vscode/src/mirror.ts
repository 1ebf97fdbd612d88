/** What the server says of the projects that are open in this window, kept up to date. */
import * as vscode from 'vscode';
import type { Client } from './client';
import { sentence } from './client';
import type { Log } from './log';
import type { FailureRow, LandingRow, ProjectRow, QueueRow, SessionRow, ThreadRow } from './protocol.gen';
import { Command, Message } from './protocol.gen';

/** Everything at one moment. */
export interface Shown {
  projects: ProjectRow[];
  sessions: SessionRow[];
  failures: FailureRow[];
  queue: QueueRow[];
  landings: LandingRow[];
  threads: ThreadRow[];
}

const NOTHING: Shown = { projects: [], sessions: [], failures: [], queue: [], landings: [], threads: [] };

/** The group of sessions that a person has to act on, as the server names it. */
export const NEEDS_YOU = 'Needs you';

export class Mirror implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Shown>();
  private readonly subscriptions: vscode.Disposable[];
  private asking = false;
  private stale = false;
  private shown = NOTHING;
  /** Told once for however many changes came while the last were read. */
  readonly onChanged = this.emitter.event;

  constructor(
    private readonly client: Client,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      client.onChanged(() => void this.refresh()),
      client.onRunning((running) => running || this.show(NOTHING)),
    ];
  }

  get now(): Shown {
    return this.shown;
  }

  session(id: string): SessionRow | undefined {
    return this.shown.sessions.find((session) => session.id === id);
  }

  project(id: string): ProjectRow | undefined {
    return this.shown.projects.find((project) => project.id === id);
  }

  /** The sessions that wait for a person. */
  get needing(): SessionRow[] {
    return this.shown.sessions.filter((session) => session.group === NEEDS_YOU);
  }

  private async refresh(): Promise<void> {
    this.stale = true;
    if (this.asking) {
      return;
    }
    this.asking = true;
    try {
      while (this.stale) {
        this.stale = false;
        this.show(await this.read());
      }
    } catch (error) {
      // The server ends or starts again: it tells of a change when it is there.
      this.log.info(sentence(error));
    } finally {
      this.asking = false;
    }
  }

  private show(shown: Shown): void {
    this.shown = shown;
    this.emitter.fire(shown);
  }

  private async read(): Promise<Shown> {
    const projects = (await this.client.read(Command.projects, {})).projects.filter((project) => isOpen(project.path));
    const parts = await Promise.all(
      projects.map(async ({ id: project }) => {
        const [sessions, failures, queue, { threads }] = await Promise.all([
          this.client.rows(Message.sessions, { project, all: false, closed: true }),
          this.client.rows(Message.failures, { project }),
          this.client.read(Command.queue, { project }),
          this.client.rows(Message.threads, { project }),
        ]);
        return { ...sessions, ...failures, queue: queue.entries, landings: queue.landings, threads };
      }),
    );
    return {
      projects,
      sessions: parts.flatMap((part) => part.sessions),
      failures: parts.flatMap((part) => part.failures),
      queue: parts.flatMap((part) => part.queue),
      landings: parts.flatMap((part) => part.landings),
      threads: parts.flatMap((part) => part.threads),
    };
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => subscription.dispose());
    this.emitter.dispose();
  }
}

/** Is a project in a folder of this window, or a folder of it in the project? */
function isOpen(project: string): boolean {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.some(({ uri }) => `${uri.fsPath}/`.startsWith(`${project}/`) || project.startsWith(`${uri.fsPath}/`));
}
