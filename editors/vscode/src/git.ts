/** Reading from a repository what a diff shows. Nothing here runs a hook, a filter or a monitor, or writes. */
import { execFile } from 'node:child_process';

/** A file that differs; `before` and `after` say on which sides it is. */
export interface ChangedFile {
  path: string;
  before: boolean;
  after: boolean;
}

/** What the worktree at `folder` has that commit `base` has not, new files included. */
export async function changedInWorktree(folder: string, base: string): Promise<ChangedFile[]> {
  const [raw, others] = await Promise.all([
    git(folder, 'diff-index', '--raw', '-z', '--no-renames', '--no-ext-diff', '--ignore-submodules', base),
    git(folder, 'ls-files', '-z', '--others', '--exclude-standard'),
  ]);
  const untracked = others.split('\0').filter(Boolean);
  return sorted([...parsed(raw), ...untracked.map((path) => ({ path, before: false, after: true }))]);
}

/** What differs between two commits. */
export async function changedBetween(repository: string, base: string, head: string): Promise<ChangedFile[]> {
  return sorted(parsed(await git(repository, 'diff-tree', '-r', '--raw', '-z', '--no-renames', '--ignore-submodules', base, head)));
}

/** A file's text as it is in a commit. */
export function fileAt(repository: string, commit: string, path: string): Promise<string> {
  return git(repository, 'cat-file', 'blob', `${commit}:${path}`);
}

/** Pairs of facts and path (gitformat-diff, "Raw output format"). */
function parsed(raw: string): ChangedFile[] {
  const fields = raw.split('\0');
  const found: ChangedFile[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const status = fields[at]?.split(' ').at(-1);
    found.push({ path: fields[at + 1] ?? '', before: status !== 'A', after: status !== 'D' });
  }
  return found;
}

function sorted(files: ChangedFile[]): ChangedFile[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function git(folder: string, ...args: string[]): Promise<string> {
  const safe = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
    execFile('git', [...safe, ...args], options, (error, stdout, stderr) => {
      if (error) {
        reject(new Error(stderr.trim() || error.message));
      } else {
        resolve(stdout);
      }
    });
  });
}
