import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GIT_ENVIRONMENT } from '../repositories.ts';

const run = promisify(execFile);
const MAX_BUFFER = 64 * 1024 * 1024;

/** Runs git in `directory`; rejects when it fails. Answers its standard output, untrimmed. */
export async function git(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = {
    cwd: directory,
    env: { ...GIT_ENVIRONMENT, ...env },
    maxBuffer: MAX_BUFFER,
    timeout: 60_000,
  };
  const { stdout } = await run('git', [...args], options);
  return stdout;
}

async function succeeds(directory: string, args: readonly string[]): Promise<boolean> {
  return git(directory, args).then(
    () => true,
    () => false,
  );
}

/** Branch names with the commits they point at. */
export async function readBranches(repository: string): Promise<Record<string, string>> {
  const format = '--format=%(objectname) %(refname)';
  const lines = (await git(repository, ['for-each-ref', format, 'refs/heads'])).split('\n');
  const pairs = lines.filter(Boolean).map((line) => {
    const [sha = '', ref = ''] = line.split(' ');
    return [ref.slice('refs/heads/'.length), sha] as const;
  });
  return Object.fromEntries(pairs);
}

/** What git takes as a name and never as an option; dots twice would be a range. */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9][\w./+@-]*$/.test(name) && !name.includes('..') && !name.includes('@{');
}

/** The commit that a branch, tag or hash names; undefined when there is none. */
export async function resolveCommit(repository: string, name: string): Promise<string | undefined> {
  if (!isName(name)) return undefined;
  for (const candidate of [`refs/heads/${name}`, `refs/${name}`, name]) {
    const args = ['rev-parse', '--verify', '--quiet', `${candidate}^{commit}`];
    const sha = await git(repository, args).catch(() => '');
    if (sha) return sha.trim();
  }
  return undefined;
}

export interface CommitRecord {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

const FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'].join('%x1f');

/** The commits of a revision or range, newest first. */
export async function readCommits(
  repository: string,
  range: string,
  limit = 250,
): Promise<CommitRecord[]> {
  const args = ['log', '-z', `--format=${FORMAT}`, `--max-count=${limit}`, range, '--'];
  const text = await git(repository, args);
  return text.split('\0').filter(Boolean).map(parseCommit);
}

function parseCommit(text: string): CommitRecord {
  const [sha = '', tree = '', parents = '', ...rest] = text.split('\x1f');
  const [an = '', ae = '', at = '', cn = '', ce = '', ct = '', ...message] = rest;
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name: an, email: ae, date: instant(at) },
    committer: { name: cn, email: ce, date: instant(ct) },
    message: message.join('\x1f').trimEnd(),
  };
}

function instant(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

export function isAncestor(repository: string, older: string, newer: string): Promise<boolean> {
  return succeeds(repository, ['merge-base', '--is-ancestor', older, newer]);
}

export async function mergeBase(repository: string, a: string, b: string): Promise<string> {
  return (await git(repository, ['merge-base', a, b])).trim();
}

export async function count(repository: string, range: string): Promise<number> {
  return Number(await git(repository, ['rev-list', '--count', range]));
}

export interface FileChange {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified';
  readonly additions: number;
  readonly deletions: number;
}

/** What lies between two commits, file by file; a rename is a removal and an addition. */
export async function readChanges(
  repository: string,
  from: string,
  to: string,
): Promise<FileChange[]> {
  const diff = (kind: string) =>
    git(repository, ['diff-tree', '-r', '-z', '--no-renames', kind, from, to]);
  const [numbers, names] = await Promise.all([diff('--numstat'), diff('--name-status')]);
  const letters = names.split('\0');
  const status = new Map<string, FileChange['status']>();
  for (let n = 0; n + 1 < letters.length; n += 2) {
    const letter = letters[n];
    status.set(
      letters[n + 1] ?? '',
      letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'modified',
    );
  }
  return numbers
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const [added = '', deleted = '', filename = ''] = line.split('\t');
      return {
        filename,
        status: status.get(filename) ?? 'modified',
        additions: Number(added) || 0, // a binary file shows a dash
        deletions: Number(deleted) || 0,
      };
    });
}

export interface MergeRequest {
  readonly base: string;
  readonly head: string;
  readonly message: string;
  readonly method: 'merge' | 'squash' | 'rebase';
  readonly author: { readonly name: string; readonly email: string };
}

/**
 * Makes the commit that a merge of `head` into branch `base` would be, without moving the branch,
 * and answers it; undefined when the two conflict. Done in a clone of its own below `workDir`, which
 * every version of git can do.
 */
export async function makeMerge(
  repository: string,
  workDir: string,
  { base, head, message, method, author }: MergeRequest,
): Promise<string | undefined> {
  const work = await mkdtemp(join(workDir, 'merge-'));
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: 'GitHub',
    GIT_COMMITTER_EMAIL: 'noreply@github.com',
  };
  try {
    await git(work, ['clone', '-q', '--shared', '--branch', base, repository, 'clone']);
    const clone = join(work, 'clone');
    if (!(await applyMerge(clone, { base, head, message, method }, env))) return undefined;
    const sha = (await git(clone, ['rev-parse', 'HEAD'])).trim();
    const hidden = `refs/sandbox/merge-${sha}`;
    await git(clone, ['push', '-q', 'origin', `HEAD:${hidden}`]);
    await git(repository, ['update-ref', '-d', hidden]); // the objects stay, as loose as a fetch's
    return sha;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function applyMerge(
  clone: string,
  { base, head, message, method }: Omit<MergeRequest, 'author'>,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const steps = {
    merge: [['merge', '-q', '--no-ff', '-m', message, head]],
    squash: [
      ['merge', '-q', '--squash', head],
      ['commit', '-q', '-m', message],
    ],
    rebase: [
      ['checkout', '-q', '--detach', head],
      ['rebase', '-q', `origin/${base}`],
    ],
  }[method];
  for (const step of steps) {
    const done = await git(clone, step, env).then(
      () => true,
      () => false,
    );
    if (!done) return false;
  }
  return true;
}

/** Moves a branch if it still is where it was (`old`; undefined: does not exist). */
export function moveBranch(
  repository: string,
  branch: string,
  to: string,
  old: string | undefined,
): Promise<boolean> {
  const before = old ?? '0'.repeat(40);
  return succeeds(repository, ['update-ref', `refs/heads/${branch}`, to, before]);
}

export function removeBranch(repository: string, branch: string): Promise<boolean> {
  return succeeds(repository, ['update-ref', '-d', `refs/heads/${branch}`]);
}

/** A file's bytes at a commit, in base64; undefined when it is not there. */
export async function readFileAt(
  repository: string,
  commit: string,
  path: string,
): Promise<{ readonly sha: string; readonly content: Buffer } | undefined> {
  const object = `${commit}:${path}`;
  const sha = await git(repository, ['rev-parse', '--verify', '--quiet', object]).catch(() => '');
  if (!sha) return undefined;
  const { stdout } = await run('git', ['cat-file', 'blob', sha.trim()], {
    cwd: repository,
    env: GIT_ENVIRONMENT,
    encoding: 'buffer',
    maxBuffer: MAX_BUFFER,
  });
  return { sha: sha.trim(), content: stdout };
}
