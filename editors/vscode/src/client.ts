/** The one language client of the window. */
import * as vscode from 'vscode';
import type { LanguageClient, ShowMessageRequestParams } from 'vscode-languageclient/node';
import type { Changed, Command, Commands, Requests } from './protocol.gen';
import { Message } from './protocol.gen';
import type { Log } from './log';
import { findServer } from './server';

/** A command that the editor carries out itself, in the place of the server. */
export type Replacement = (session: string) => Promise<unknown>;

/** What can be given to a command; the server asks for what is missing and can be chosen. */
type Parameters<C extends Command> = Commands[C]['params'] extends undefined ? Record<string, never> : Partial<Commands[C]['params']>;

export class Client implements vscode.Disposable {
  private client: LanguageClient | undefined;
  isRunning = false;
  /** Commands of ours that are under way: what the server asks then belongs to them. */
  private underWay = 0;
  private argv: readonly string[] = ['ao'];
  private readonly changed = new vscode.EventEmitter<Changed | undefined>();
  private readonly running = new vscode.EventEmitter<boolean>();
  /** The server says that something changed; undefined: it has just started. */
  readonly onChanged = this.changed.event;
  readonly onRunning = this.running.event;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly log: Log,
    private readonly replacements: Partial<Record<Command, Replacement>>,
  ) {}

  /** What a person types in a terminal to run a command of this very `ao`. */
  commandLine(...words: string[]): string {
    return [...this.argv, ...words].map((word) => (/^[\w./@:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
  }

  /** Find the server and start it; what is wrong is said once, with one button. */
  async start(): Promise<void> {
    const server = await findServer(this.extension);
    if ('problems' in server) {
      this.runs(false);
      server.problems.forEach((problem) => this.log.error(problem));
      await this.log.offer(vscode.l10n.t('Agent Orchestrator needs `ao`, or Python 3.11 or newer to run the one that it brings.'));
      return;
    }
    this.log.info(`ao ${server.version}: ${server.argv.join(' ')} (${server.why})`);
    this.argv = server.argv;
    const [command = '', ...args] = server.argv;
    const standalone = vscode.workspace.getConfiguration('agentOrchestrator').get<boolean>('server.standalone', false);
    // Loaded here, so that the window does not wait for it.
    const { LanguageClient, State } = await import('./languageclient.js');
    const client = new LanguageClient(
      'agentOrchestrator',
      'Agent Orchestrator',
      { command, args: [...args, 'lsp', ...(standalone ? ['--standalone'] : [])] },
      {
        documentSelector: [{ scheme: 'file' }, { scheme: 'ao' }],
        outputChannel: this.log.channel,
        initializationOptions: () => ({ workspaceTrusted: vscode.workspace.isTrusted }),
        middleware: { executeCommand: (id, args, next) => this.executed(id, args, next) },
      },
    );
    this.client = client;
    client.onDidChangeState(({ newState }) => this.runs(newState === State.Running));
    client.onNotification(Message.changed, (changed: Changed) => this.changed.fire(changed));
    client.onRequest('window/showMessageRequest', (params: ShowMessageRequestParams, token: vscode.CancellationToken) =>
      this.asked(params.message, params.actions ?? [], token),
    );
    try {
      await client.start();
      this.changed.fire(undefined);
    } catch (error) {
      this.runs(false);
      this.log.error(sentence(error));
      await this.log.offer(vscode.l10n.t('The server of Agent Orchestrator did not start.'));
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Run a command of the server that the person gave. Throws what it refuses, as an error with a sentence. */
  run<C extends Command>(command: C, params: Parameters<C>): Promise<Commands[C]['result']> {
    return this.during(() => this.read(command, params));
  }

  /** The same for a command that nobody gave: what the server asks meanwhile has come up by itself. */
  async read<C extends Command>(command: C, params: Parameters<C>): Promise<Commands[C]['result']> {
    if (!this.client) {
      throw new Error(vscode.l10n.t('the server does not run'));
    }
    return this.client.sendRequest<Commands[C]['result']>('workspace/executeCommand', { command, arguments: [params] });
  }

  /** Ask for rows. */
  async rows<M extends keyof Requests>(message: M, params: Requests[M]['params']): Promise<Requests[M]['result']> {
    if (!this.client) {
      throw new Error(vscode.l10n.t('the server does not run'));
    }
    return this.client.sendRequest<Requests[M]['result']>(message, params);
  }

  /** A command of a lens, an action or a link. */
  private executed(id: string, args: unknown[], next: (id: string, args: unknown[]) => unknown): Promise<unknown> {
    const session = (args[0] as { session?: unknown } | undefined)?.session;
    const replacement = this.replacements[id as Command];
    return this.during(async () => (replacement && typeof session === 'string' ? replacement(session) : next(id, args)));
  }

  private runs(running: boolean): void {
    this.isRunning = running;
    this.running.fire(running);
  }

  private async during<T>(work: () => Promise<T>): Promise<T> {
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
    }
  }

  /** A question of the server: of a command that the person gave, or of something that came up. */
  private async asked<A extends { title: string }>(message: string, actions: A[], token: vscode.CancellationToken): Promise<A | null> {
    const muted = vscode.workspace.getConfiguration('agentOrchestrator').get<string>('notifications') === 'off';
    if (muted && this.underWay === 0) {
      this.log.info(message);
      return null;
    }
    const answered = vscode.window.showInformationMessage(message, ...actions);
    const takenBack = new Promise<undefined>((resolve) => {
      token.onCancellationRequested(() => {
        // Answered elsewhere. A single notification can not be closed; put away, it stands among the older ones.
        void vscode.commands.executeCommand('notifications.hideToasts');
        resolve(undefined);
      });
    });
    return (await Promise.race([answered, takenBack])) ?? null;
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
    this.running.dispose();
  }
}

/** An error as a person reads it. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
