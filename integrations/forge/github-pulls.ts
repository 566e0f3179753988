import { z } from 'zod';
import { IntegrationError } from '../errors.ts';
import { isKind, type GithubClient } from './github-client.ts';
import { toMarkdown } from './markdown-card.ts';
import type { ForgePort, PullRequest } from './port.ts';

const pull = z.object({
  number: z.int(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  body: z.string().nullish(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
});
type Pull = z.infer<typeof pull>;

const merged = z.object({ merged: z.literal(true), sha: z.string() });

type Open = Parameters<ForgePort['openPullRequest']>[0];
type One = Parameters<ForgePort['readPullRequest']>[0];

export function readPull(github: GithubClient, { repository, number, signal }: One): Promise<Pull> {
  return github.call(
    {
      attempted: `reading pull request ${number}`,
      route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      repository,
      parameters: { pull_number: number },
      signal,
    },
    pull,
  );
}

export async function openPull(github: GithubClient, input: Open): Promise<PullRequest> {
  const { repository, branch, base, signal } = input;
  const title = oneLineTitle(input.title);
  const body = toMarkdown(input.card, `pull-request/${branch}`);
  const found = await findPull(github, input);
  if (found === undefined) {
    const call = {
      attempted: `opening a pull request for ${branch}`,
      route: 'POST /repos/{owner}/{repo}/pulls',
      repository,
      parameters: { title, body, head: branch, base, maintainer_can_modify: false },
      signal,
    };
    try {
      return toPullRequest(await github.call(call, pull));
    } catch (error) {
      // 422: somebody, perhaps an attempt of ours that was cut off, opened it just now.
      if (!isKind(error, 'IntegrationRejected')) throw error;
      const now = await findPull(github, input);
      if (now === undefined) throw error;
      return toPullRequest(now);
    }
  }
  if (found.state === 'open' && (found.title !== title || normal(found.body) !== normal(body))) {
    return toPullRequest(await update(github, input, found.number, { title, body }));
  }
  return toPullRequest(found);
}

/** The open one, else the merged one; one that was closed without a merge was given up. */
async function findPull(github: GithubClient, input: Open): Promise<Pull | undefined> {
  const { repository, branch, base, signal } = input;
  const [owner = ''] = repository.split('/');
  const all = await github.list(
    {
      attempted: `looking for a pull request of ${branch}`,
      route: 'GET /repos/{owner}/{repo}/pulls',
      repository,
      parameters: { head: `${owner}:${branch}`, base, state: 'all' },
      signal,
    },
    pull,
  );
  const own = all.filter(({ head }) => head.ref === branch);
  return own.find(({ state }) => state === 'open') ?? own.find((one) => isMerged(one));
}

function update(
  github: GithubClient,
  { repository, signal }: Pick<Open, 'repository' | 'signal'>,
  number: number,
  fields: Readonly<Record<string, unknown>>,
): Promise<Pull> {
  return github.call(
    {
      attempted: `updating pull request ${number}`,
      route: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
      repository,
      parameters: { pull_number: number, ...fields },
      signal,
    },
    pull,
  );
}

export async function mergePull(
  github: GithubClient,
  input: Parameters<ForgePort['merge']>[0],
): Promise<{ readonly mergeCommit: string }> {
  const before = await readPull(github, input);
  if (isMerged(before)) return mergedAs(before, input.headCommit);
  const { repository, number, headCommit, signal } = input;
  if (before.state === 'closed') throw refused(`pull request ${number} is closed`);
  const call = {
    attempted: `merging pull request ${number}`,
    route: 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
    repository,
    parameters: { pull_number: number, sha: headCommit, merge_method: 'merge' },
    signal,
  };
  try {
    return { mergeCommit: (await github.call(call, merged)).sha };
  } catch (error) {
    if (!isKind(error, 'IntegrationRejected')) throw error;
    // 405: not mergeable, or not yet: GitHub says so as well while the base is just moving.
    const after = await readPull(github, input);
    if (isMerged(after)) return mergedAs(after, headCommit);
    if (!/base branch was modified|try the merge again/i.test(error.message)) throw error;
    throw new IntegrationError(
      'IntegrationUnavailable',
      'github',
      `the base of pull request ${number} is moving`,
    );
  }
}

export async function closePull(
  github: GithubClient,
  input: One,
): Promise<{ readonly state: 'closed' | 'merged' }> {
  const found = await readPull(github, input);
  if (found.state === 'open') await update(github, input, input.number, { state: 'closed' });
  return { state: isMerged(found) ? 'merged' : 'closed' };
}

export function toPullRequest(one: Pull): PullRequest {
  return {
    number: one.number,
    url: one.html_url,
    state: isMerged(one) ? 'merged' : one.state,
    branch: one.head.ref,
    base: one.base.ref,
    headCommit: one.head.sha,
    mergeCommit: isMerged(one) ? (one.merge_commit_sha ?? null) : null,
  };
}

/** While it is open `merge_commit_sha` names a test merge, so only the time of the merge says it. */
function isMerged({ merged_at: at }: Pull): boolean {
  return at !== null && at !== undefined;
}

function mergedAs(one: Pull, headCommit: string): { readonly mergeCommit: string } {
  const { merge_commit_sha: mergeCommit, head, number } = one;
  if (head.sha !== headCommit) {
    const message = `pull request ${number} was merged with another head (${head.sha.slice(0, 10)})`;
    throw new IntegrationError('StateConflict', 'github', message);
  }
  if (typeof mergeCommit !== 'string')
    throw refused(`pull request ${number} names no merge commit`);
  return { mergeCommit };
}

/** Titles are plain text on GitHub. */
function oneLineTitle(title: string): string {
  return title.replace(/\s+/g, ' ').trim().slice(0, 250);
}

function normal(body: string | null | undefined): string {
  return (body ?? '').replaceAll('\r\n', '\n').trim();
}

function refused(message: string): IntegrationError {
  return new IntegrationError('IntegrationRejected', 'github', message);
}
