import { z } from 'zod';
import { createGithubClient, type GithubClient, type GithubOptions } from './github-client.ts';
import { closePull, mergePull, openPull, readPull, toPullRequest } from './github-pulls.ts';
import { hiddenMarker, toMarkdown } from './markdown-card.ts';
import type { CommitPerson, ForgePort, Review } from './port.ts';

const account = z.object({ login: z.string(), type: z.string().optional() });
const repositoryAnswer = z.object({ default_branch: z.string() });
const branchAnswer = z.object({ commit: z.object({ sha: z.string() }) });
const review = z.object({
  id: z.union([z.int(), z.string()]),
  user: account.nullish(),
  state: z.string(),
  commit_id: z.string().nullish(),
});
const signature = z.object({ email: z.string().nullish() });
const commit = z.object({
  commit: z.object({ author: signature.nullish(), committer: signature.nullish() }),
  // GitHub answers an empty object for an e-mail that belongs to nobody.
  author: account.partial().nullish(),
  committer: account.partial().nullish(),
});
const comment = z.object({ id: z.union([z.int(), z.string()]), body: z.string().nullish() });

/** `ForgePort` over GitHub's REST API, through octokit. No retry: the caller's engine has them. */
export function createGithubForge(options: GithubOptions): ForgePort {
  const github = createGithubClient(options);
  return {
    defaultBranch: (input) => defaultBranch(github, input),
    openPullRequest: (input) => openPull(github, input),
    readPullRequest: async (input) => toPullRequest(await readPull(github, input)),
    listReviews: (input) => listReviews(github, input),
    listAuthors: (input) => listAuthors(github, input),
    comment: (input) => writeComment(github, input),
    merge: (input) => mergePull(github, input),
    closePullRequest: (input) => closePull(github, input),
  };
}

type Numbered = Parameters<ForgePort['listReviews']>[0];

async function defaultBranch(
  github: GithubClient,
  { repository, signal }: Parameters<ForgePort['defaultBranch']>[0],
): Promise<{ readonly branch: string; readonly commit: string }> {
  const attempted = `reading ${repository}`;
  const route = 'GET /repos/{owner}/{repo}';
  const { default_branch: branch } = await github.call(
    { attempted, route, repository, signal },
    repositoryAnswer,
  );
  const head = await github.call(
    {
      attempted: `reading branch ${branch} of ${repository}`,
      route: 'GET /repos/{owner}/{repo}/branches/{branch}',
      repository,
      parameters: { branch },
      signal,
    },
    branchAnswer,
  );
  return { branch, commit: head.commit.sha };
}

async function listReviews(github: GithubClient, input: Numbered): Promise<Review[]> {
  const { repository, number, signal } = input;
  const rows = await github.list(
    {
      attempted: `reading the reviews of pull request ${number}`,
      route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
      repository,
      parameters: { pull_number: number },
      signal,
    },
    review,
  );
  return rows.flatMap((row) => toReview(row) ?? []);
}

const REVIEW_STATES = new Map<string, Review['state']>([
  ['APPROVED', 'approved'],
  ['CHANGES_REQUESTED', 'changes-requested'],
  ['COMMENTED', 'commented'],
  ['DISMISSED', 'dismissed'],
]);

/** A review that is not submitted yet, or whose account or commit is gone, decides nothing. */
function toReview({ id, user, state, commit_id: seen }: z.infer<typeof review>): Review | null {
  const known = REVIEW_STATES.get(state.toUpperCase());
  if (known === undefined || !user || typeof seen !== 'string') return null;
  return {
    id: String(id),
    login: user.login,
    isBot: user.type === 'Bot',
    state: known,
    commit: seen,
  };
}

async function listAuthors(github: GithubClient, input: Numbered): Promise<CommitPerson[]> {
  const { repository, number, signal } = input;
  const rows = await github.list(
    {
      attempted: `reading the commits of pull request ${number}`,
      route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits',
      repository,
      parameters: { pull_number: number },
      signal,
    },
    commit,
  );
  const people = rows.flatMap((row) => [
    { login: row.author?.login ?? null, email: row.commit.author?.email ?? '' },
    { login: row.committer?.login ?? null, email: row.commit.committer?.email ?? '' },
  ]);
  const distinct = new Map(people.map((one) => [`${one.login ?? ''} ${one.email}`, one]));
  return [...distinct.values()].filter(({ login, email }) => login !== null || email !== '');
}

async function writeComment(
  github: GithubClient,
  input: Parameters<ForgePort['comment']>[0],
): Promise<{ readonly id: string }> {
  const { repository, number, marker, signal } = input;
  const body = toMarkdown(input.card, marker);
  const call = { repository, signal };
  const all = await github.list(
    {
      ...call,
      attempted: `reading the comments of pull request ${number}`,
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      parameters: { issue_number: number },
    },
    comment,
  );
  const own = all.find((one) => one.body?.startsWith(hiddenMarker(marker)));
  if (own === undefined) {
    const attempted = `commenting on pull request ${number}`;
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const parameters = { issue_number: number, body };
    const { id } = await github.call({ ...call, attempted, route, parameters }, comment);
    return { id: String(id) };
  }
  if (own.body?.replaceAll('\r\n', '\n').trim() !== body.trim()) {
    const attempted = `updating a comment on pull request ${number}`;
    const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
    const parameters = { comment_id: own.id, body };
    await github.call({ ...call, attempted, route, parameters }, comment);
  }
  return { id: String(own.id) };
}
