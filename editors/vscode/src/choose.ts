/** What a command is about: what is selected in a view, else what the person chooses. */
import * as vscode from 'vscode';
import { type FailureNode, isHunted } from './failuresView';
import type { Mirror } from './mirror';
import type { FailureRow, LandingRow, SessionRow } from './protocol.gen';
import { type Place, type PlaceNode, sessionOf } from './queueView';
import type { SessionNode } from './sessionsView';

/** What menus and links hand to a command: nodes of our trees, the id of a session, or nothing. */
export type Given = SessionNode | FailureNode | PlaceNode | vscode.TestItem | vscode.CommentReply | vscode.CommentThread | string | undefined;

/**
 * The sessions that a command is about: those that it was `given`, else those of the `selection` that fit, else the one
 * that the person chooses of all that fit.
 */
export async function sessions(
  mirror: Mirror,
  given: readonly Given[] | undefined,
  selection: readonly Given[],
  fits: (session: SessionRow) => boolean,
): Promise<SessionRow[]> {
  const rows = (of: readonly Given[]): SessionRow[] => of.flatMap((node) => mirror.session(idOf(node)) ?? []);
  if (given) {
    const named = rows(given);
    if (!named.length) {
      throw new Error(vscode.l10n.t('There is no session to do that with.'));
    }
    return named;
  }
  const fitting = rows(selection).filter(fits);
  if (fitting.length) {
    return fitting;
  }
  const one = await pickSession(mirror, fits);
  return one ? [one] : [];
}

async function pickSession(mirror: Mirror, fits: (session: SessionRow) => boolean): Promise<SessionRow | undefined> {
  const fitting = mirror.now.sessions.filter(fits);
  if (fitting.length <= 1) {
    if (!fitting.length) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There is no session to do that with.'));
    }
    return fitting[0];
  }
  const items = fitting.map((row) => ({ label: row.title, description: `${row.detail} · ${row.id}`, row }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which session?'), matchOnDescription: true }))?.row;
}

function idOf(given: Given): string {
  if (given === undefined || typeof given === 'string') {
    return given ?? '';
  }
  if (!('kind' in given) || given.kind === 'group') {
    return '';
  }
  const { row } = given;
  if ('entry' in row || ('landing' in row && typeof row.landing === 'object')) {
    return sessionOf(row as Place);
  }
  return 'session' in row ? row.session : (row as SessionRow).id;
}

/** What is to be mended. */
export interface ToFix {
  /** A row for each job of CI: these are mended at their pull requests. */
  jobs: FailureRow[];
  /** What a hunt is after: what is red here, of one project; nothing where only jobs of CI were named. */
  hunt: { project: string; failures: string[] } | undefined;
}

/** What a person wants to be mended; where nothing is named, all that is open. */
export function toFix(mirror: Mirror, given: Given, selected: readonly Given[] | undefined): ToFix {
  const named = failures(mirror, given, selected);
  const rows = named.length ? named : mirror.now.failures.filter((row) => row.state === 'open' && !row.checkoutOnly && isHunted(row));
  const here = rows.filter(isHunted);
  const jobs = new Map(rows.filter((row) => !isHunted(row)).map((row) => [`${row.pull}\n${row.job}`, row]));
  const project = here[0]?.project ?? '';
  const ids = here.filter((row) => row.project === project).map((row) => row.id);
  return { jobs: [...jobs.values()], hunt: jobs.size && !here.length ? undefined : { project, failures: ids } };
}

/** The failures that a command was given: rows, or what stands for them in the Test Explorer. */
export function failures(mirror: Mirror, given: Given, selected: readonly Given[] | undefined): FailureRow[] {
  return (selected?.length ? selected : [given]).flatMap((node): FailureRow[] => {
    if (typeof node !== 'object' || 'thread' in node || 'comments' in node) {
      return [];
    }
    if ('kind' in node && node.kind === 'row' && 'check' in node.row) {
      return [node.row];
    }
    const ids = 'kind' in node ? [node.id] : [node.id, ...[...node.children].map(([id]) => id)];
    return mirror.now.failures.filter((row) => ids.includes(row.id));
  });
}

/** The landing that a command is about. */
export async function landing(mirror: Mirror, given: Given): Promise<LandingRow | undefined> {
  const session = idOf(given);
  const all = [...mirror.now.landings].reverse();
  if (session) {
    return all.find((row) => row.session === session);
  }
  const items = all.map((row) => ({ label: row.title, description: row.commit.slice(0, 7), row }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which landing?') }))?.row;
}

/** The project that a command is about: the only one, the one of the open file, or the one that is chosen. */
export async function project(mirror: Mirror): Promise<string | undefined> {
  const { projects } = mirror.now;
  const file = vscode.window.activeTextEditor?.document.uri.fsPath ?? '';
  const around = projects.find(({ path }) => file.startsWith(`${path}/`)) ?? (projects.length === 1 ? projects[0] : undefined);
  if (around || !projects.length) {
    return around?.id ?? '';
  }
  const items = projects.map(({ id, path }) => ({ label: id, description: path }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which project?') }))?.label;
}
