import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { IntegrationError } from '../errors.ts';
import { commitTree, indexAll, type CommitOrder } from './git-commit.ts';
import type { GitDiff, GitPort } from './port.ts';
import { pushCommit } from './push-commit.ts';
import { createGitRunner, gitFailure, type GitRunner } from './run-git.ts';

export interface GitOptions {
  /** `<gitUrl>/<owner>/<name>.git` is where a repository is cloned from and pushed to. */
  readonly gitUrl: string;
  /** `null` reads without a credential. */
  readonly readToken: string | null;
  readonly writeToken: string;
  /** The author and committer of what Baton commits. */
  readonly identity?: { readonly name: string; readonly email: string };
  /** For one call of git. */
  readonly timeoutMs?: number;
}

/** Nobody's address: .invalid is reserved (RFC 2606), so no forge takes Baton for a person. */
const BATON = { name: 'Baton', email: 'baton@baton.invalid' };
const REPOSITORY = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/;
const BRANCH = /^(?!-)[A-Za-z0-9_./-]+$/;

/** `GitPort` over the git command line, 2.35 or newer. */
export function createGit(options: GitOptions): GitPort {
  const git = createGitRunner({ gitUrl: options.gitUrl, timeoutMs: options.timeoutMs ?? 120_000 });
  const who = options.identity ?? BATON;
  const address = (repository: string) => {
    if (!REPOSITORY.test(repository)) throw rejected(`${repository} is no owner/name`);
    return `${options.gitUrl.replace(/\/+$/, '')}/${repository}.git`;
  };
  const order = (input: Omit<CommitOrder, 'who'>): CommitOrder => ({ ...input, who });
  const push = (input: PushInput, commit: string) => {
    if (!BRANCH.test(input.branch)) throw rejected(`${input.branch} is no branch name`);
    const url = address(input.repository);
    return pushCommit(git, { ...input, url, commit, token: options.writeToken });
  };

  return {
    clone: (input) =>
      clone(git, { ...input, url: address(input.repository), token: options.readToken }),
    diff: (input) => diff(git, input),
    apply: (input) => apply(git, input),
    async commitAndPush(input) {
      await indexAll(git, input);
      return { commit: await push(input, await commitTree(git, order(input))) };
    },
    async revertAndPush(input) {
      await revert(git, input);
      return { commit: await push(input, await commitTree(git, order(input))) };
    },
  };
}

type PushInput = Parameters<GitPort['commitAndPush']>[0];
type CloneInput = Parameters<GitPort['clone']>[0];

async function clone(
  git: GitRunner,
  input: CloneInput & { readonly url: string; readonly token: string | null },
): Promise<{ readonly commit: string }> {
  const { ref, token, signal } = input;
  if (!BRANCH.test(ref)) throw rejected(`${ref} is no branch, tag or commit`);
  const directory = resolve(input.directory);
  try {
    const args = ['clone', '--quiet', '--no-checkout', '--no-local', '--', input.url, directory];
    await git.run({ directory: dirname(directory), args, token, signal });
    const commit = await resolveRef(git, { directory, ref, token, signal });
    await git.run({ directory, args: ['checkout', '--quiet', '--detach', commit], signal });
    return { commit };
  } catch (error) {
    // A retry needs the directory absent again.
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

interface RefInput {
  readonly directory: string;
  readonly ref: string;
  readonly token: string | null;
  readonly signal: AbortSignal | undefined;
}

/** A branch of the forge before a tag before a commit; a commit no branch reaches is asked for by name. */
async function resolveRef(
  git: GitRunner,
  { directory, ref, token, signal }: RefInput,
): Promise<string> {
  const isCommit = /^[0-9a-f]{40}$/.test(ref);
  const candidates = [`refs/remotes/origin/${ref}`, `refs/tags/${ref}`, ...(isCommit ? [ref] : [])];
  for (const candidate of candidates) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`];
    const found = await git.attempt({ directory, args, signal });
    if (found.ok) return found.stdout.toString('utf8').trim();
  }
  if (!isCommit) throw rejected(`there is no branch or tag ${ref}`);
  await git.run({ directory, args: ['fetch', '--quiet', 'origin', ref], token, signal });
  return ref;
}

const DIFF = ['diff', '--cached', '--no-ext-diff', '--no-textconv', '--no-renames'];

async function diff(
  git: GitRunner,
  input: { readonly directory: string; readonly signal?: AbortSignal },
): Promise<GitDiff> {
  await indexAll(git, input);
  const { directory, signal } = input;
  const figures = await git.text({ directory, args: [...DIFF, '--numstat', '-z', 'HEAD'], signal });
  const rows = figures
    .split('\0')
    .filter((row) => row !== '')
    .map((row) => row.split('\t'));
  const patchArgs = [...DIFF, '--binary', '--full-index', 'HEAD'];
  return {
    patch: await git.run({ directory, args: patchArgs, signal }),
    files: rows.map((row) => row.slice(2).join('\t')),
    insertions: sum(rows.map(([added]) => added)),
    deletions: sum(rows.map(([, removed]) => removed)),
  };
}

/** Binary files count as `-`. */
function sum(figures: readonly (string | undefined)[]): number {
  return figures.reduce((total, one) => total + (Number.parseInt(one ?? '', 10) || 0), 0);
}

async function apply(git: GitRunner, input: Parameters<GitPort['apply']>[0]): Promise<void> {
  const { directory, patch, paths, signal } = input;
  if (patch.length === 0 || paths?.length === 0) return;
  // `--include` takes patterns: what is special in them is meant literally here.
  const includes = (paths ?? []).map((path) => `--include=${path.replace(/[*?[\]\\]/g, '\\$&')}`);
  const args = ['apply', '--index', '--binary', '--whitespace=nowarn', ...includes, '-'];
  await git.run({ directory, args, input: patch, signal });
}

async function revert(
  git: GitRunner,
  input: Parameters<GitPort['revertAndPush']>[0],
): Promise<void> {
  const { directory, mergeCommit, signal } = input;
  if (!/^[0-9a-f]{40}$/.test(mergeCommit)) throw rejected(`${mergeCommit} is no commit`);
  const parentArgs = ['rev-list', '--parents', '--max-count=1', mergeCommit, '--'];
  const parents = (await git.text({ directory, args: parentArgs, signal })).split(' ').length - 1;
  const mainline = parents > 1 ? ['--mainline', '1'] : [];
  const args = ['revert', '--no-commit', ...mainline, mergeCommit];
  const outcome = await git.attempt({ directory, args, signal });
  if (outcome.ok) return;
  if (/could not revert|conflict/i.test(outcome.stderr)) {
    const why = `${mergeCommit.slice(0, 10)} cannot be taken back by itself: later commits touch the same lines`;
    throw new IntegrationError('StateConflict', 'git', why);
  }
  throw gitFailure(args, outcome.stderr);
}

function rejected(message: string): IntegrationError {
  return new IntegrationError('IntegrationRejected', 'git', message);
}
