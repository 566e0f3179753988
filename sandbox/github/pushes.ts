import { BOT, type Person } from '../directory.ts';
import { DEFAULT_BRANCH } from '../repositories.ts';
import { announceCheckRun, announcePull, announcePush, NOWHERE, type Push } from './announce.ts';
import { byEmail, drawId, gitDirectory, type GithubContext } from './context.ts';
import {
  isAncestor,
  readBranches,
  readChanges,
  readCommits,
  readFileAt,
  type CommitRecord,
} from './git.ts';
import type { CheckRun, Pull, Repository } from './state.ts';

/** The file that a repository's continuous integration is. */
export const CI_SCRIPT = 'ci.sh';
const SHOWN_COMMITS = 20;

export interface Observation {
  /** Who pushed; without it the author of the newest commit is believed (after a kill). */
  readonly pusher?: Person;
  /** The pull request whose merge moved the base branch. */
  readonly merged?: Pull;
}

interface ObservedPush extends Push {
  readonly hasCi: boolean;
  /** Open pull requests whose head is now part of this branch. */
  readonly contained: readonly Pull[];
}

/**
 * Compares the branches in git with those last seen, and lets every difference be the push it is:
 * pull requests follow, webhooks are sent, CI is queued. Nothing depends on having been told of a
 * push, so one that a kill interrupted is seen at the next look. Call it exclusively.
 */
export async function observePushes(
  context: GithubContext,
  repository: Repository,
  observation: Observation = {},
): Promise<void> {
  const directory = gitDirectory(context, repository);
  const branches = await readBranches(directory);
  const names = new Set([...Object.keys(repository.branches), ...Object.keys(branches)]);
  const pushes: ObservedPush[] = [];
  for (const branch of names) {
    const before = repository.branches[branch] ?? NOWHERE;
    const after = branches[branch] ?? NOWHERE;
    if (before !== after) pushes.push(await inspect(directory, repository, branch, before, after));
  }
  if (pushes.length === 0) return;
  repository.branches = branches;
  repository.pushedAt = Date.now();
  for (const push of pushes) apply(context, repository, push, observation);
  context.ledger.commit();
  context.wakeCi();
}

async function inspect(
  directory: string,
  repository: Repository,
  branch: string,
  before: string,
  after: string,
): Promise<ObservedPush> {
  const base = { branch, before, after, forced: false, commits: [], hasCi: false, contained: [] };
  if (after === NOWHERE) return base;
  const forced = before !== NOWHERE && !(await isAncestor(directory, before, after));
  const since = before === NOWHERE ? repository.branches[DEFAULT_BRANCH] : before;
  const range = since ? `${since}..${after}` : after;
  const records = (await readCommits(directory, range, SHOWN_COMMITS)).toReversed();
  const commits = [];
  for (const commit of records) commits.push({ commit, files: await changesOf(directory, commit) });
  const contained = [];
  for (const pull of repository.pulls) {
    const candidate = pull.state === 'open' && pull.base === branch;
    if (candidate && (await isAncestor(directory, pull.headSha, after))) contained.push(pull);
  }
  const hasCi = (await readFileAt(directory, after, CI_SCRIPT)) !== undefined;
  return { branch, before, after, forced, commits, hasCi, contained };
}

async function changesOf(directory: string, { sha, parents: [parent] }: CommitRecord) {
  return parent ? readChanges(directory, parent, sha) : [];
}

function apply(
  context: GithubContext,
  repository: Repository,
  push: ObservedPush,
  { pusher, merged }: Observation,
): void {
  const { branch, before, after } = push;
  const newest = push.commits.at(-1)?.commit.author.email ?? '';
  const person = pusher ?? byEmail(newest) ?? BOT;
  if (merged?.base !== branch) recordPush(context, repository, push);
  announcePush(context, repository, push, person);
  for (const pull of repository.pulls.filter(({ state }) => state === 'open')) {
    if (pull === merged || push.contained.includes(pull)) {
      closePull(context, repository, pull, person, after);
    } else if (pull.branch === branch && after === NOWHERE) {
      closePull(context, repository, pull, person, null);
    } else if (pull.branch === branch) {
      pull.headSha = after;
      pull.baseSha = repository.branches[pull.base] ?? pull.baseSha;
      pull.updatedAt = Date.now();
      announcePull(context, repository, pull, person, { action: 'synchronize', before, after });
    }
  }
  if (push.hasCi) queueCi(context, repository, push);
}

function recordPush({ ledger }: GithubContext, { fullName }: Repository, push: Push): void {
  const { branch, before, after } = push;
  if (before === NOWHERE) ledger.effect('branch', `${fullName}/branch/${branch}`);
  else if (after === NOWHERE) ledger.effect('branch', `${fullName}/branch/${branch}/deleted`);
  else ledger.effect('push', `${fullName}/push/${branch}/${after}`);
}

/** Ends a pull request, merged when `mergeCommit` says by which commit. */
export function closePull(
  context: GithubContext,
  repository: Repository,
  pull: Pull,
  person: Person,
  mergeCommit: string | null,
): void {
  const now = Date.now();
  pull.state = 'closed';
  pull.closedAt = now;
  pull.updatedAt = now;
  if (mergeCommit !== null) {
    pull.mergedAt = now;
    pull.mergedBy = person.id;
    pull.mergeCommit = mergeCommit;
  }
  const what = mergeCommit === null ? 'closed' : 'merged';
  context.ledger.effect('pull', `${repository.fullName}/pull/${pull.branch}/${what}`);
  announcePull(context, repository, pull, person, { action: 'closed' });
}

/** A commit that CI has seen, on whatever branch, is not run again. */
function queueCi(context: GithubContext, repository: Repository, push: Push): void {
  const { branch, before, after: sha } = push;
  if (repository.checkRuns.some((run) => run.sha === sha)) return;
  const run: CheckRun = {
    id: drawId(context),
    suiteId: drawId(context),
    name: 'ci',
    branch,
    sha,
    before,
    createdAt: Date.now(),
    status: 'queued',
    conclusion: null,
    startedAt: null,
    completedAt: null,
    summary: null,
    text: null,
  };
  repository.checkRuns.push(run);
  context.ledger.effect('check', `${repository.fullName}/check/${sha}/${run.name}`);
  announceCheckRun(context, repository, run, 'created');
}
