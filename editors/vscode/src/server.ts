/** Which server to run: the setting, `ao` on the PATH, or the one that comes with the extension. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { interpreters, versionOf } from './python';

/** A server that answered when it was asked for its version. */
export interface Server {
  argv: string[];
  version: string;
  why: string;
}

/** Why there is none, a line for each that was tried. */
export interface NoServer {
  problems: string[];
}

/** Find the server. */
export async function findServer(extension: vscode.Uri): Promise<Server | NoServer> {
  const settings = vscode.workspace.getConfiguration('agentOrchestrator');
  const configured = settings.get<string>('server.path', '').trim();
  const problems: string[] = [];
  if (configured) {
    // What a person chose is not silently replaced.
    return (await answering([expanded(configured)], 'agentOrchestrator.server.path', problems)) ?? { problems };
  }
  const installed = await answering(['ao'], 'PATH', problems);
  if (installed) {
    return installed;
  }
  const launcher = path.join(extension.fsPath, 'bundled', 'ao.py');
  for (const python of await interpreters(expanded(settings.get<string>('server.interpreter', '').trim()))) {
    const argv = [python.path, '-I', '-S', launcher];
    const found = await answering(argv, `comes with the extension, run by ${python.path} (${python.why})`, problems);
    if (found) {
      return found;
    }
  }
  return { problems };
}

/** `ao` of another meaning exists: what does not answer `ao <version>` is none of ours. */
async function answering(argv: string[], why: string, problems: string[]): Promise<Server | undefined> {
  const said = await versionOf(argv, problems);
  const version = /^ao (\d\S*)$/.exec(said ?? '')?.[1];
  if (said !== undefined && !version) {
    problems.push(`${argv[0]}: is no Agent Orchestrator, it answers “${said.split('\n')[0]}”`);
  }
  return version ? { argv, version, why } : undefined;
}

function expanded(file: string): string {
  const home = process.env['HOME'] ?? '';
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  return file.replace(/^~(?=\/|$)/, home).replace('${workspaceFolder}', folder);
}
