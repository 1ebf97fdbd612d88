/** Finding a Python that can run the server of this extension. */
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';

/** An interpreter, and why it is tried. */
export interface Interpreter {
  path: string;
  why: string;
}

/** What the Python extension offers to others (its `environments` namespace, the part that is used here). */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(path: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** The interpreters to try, in order: the setting alone where there is one. */
export async function interpreters(configured: string): Promise<Interpreter[]> {
  if (configured) {
    return [{ path: configured, why: 'agentOrchestrator.server.interpreter' }];
  }
  const chosen = vscode.workspace.isTrusted ? await ofPythonExtension() : undefined;
  return [
    ...(chosen ? [{ path: chosen, why: 'the Python extension' }] : []),
    ...['python3', 'python'].map((path) => ({ path, why: 'PATH' })),
  ];
}

/** The interpreter that is chosen in the Python extension. It may name one of the workspace: ask only where that is trusted. */
async function ofPythonExtension(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  try {
    const environments = (await extension?.activate())?.environments;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const found = environments && (await environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder)));
    return found?.executable.uri?.fsPath;
  } catch {
    return undefined;
  }
}

/** What a program prints when it is asked for its version; undefined when it does not run, with the reason in `problems`. */
export function versionOf(argv: readonly string[], problems: string[]): Promise<string | undefined> {
  const [command, ...args] = argv;
  return new Promise((resolve) => {
    execFile(command ?? '', [...args, '--version'], { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error) {
        const said = stderr.trim().split('\n').at(-1) || ('code' in error && error.code === 'ENOENT' ? 'not found' : error.message);
        problems.push(`${command}: ${said}`);
      }
      resolve(error ? undefined : stdout.trim());
    });
  });
}
