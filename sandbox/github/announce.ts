import { BOT, type Person } from '../directory.ts';
import { OWNER } from '../repositories.ts';
import { checkRunResource, checkSuiteResource } from './check-resource.ts';
import { simpleCommit } from './commit-resource.ts';
import { byEmail, type GithubContext } from './context.ts';
import type { CommitRecord, FileChange } from './git.ts';
import { commentResource, fullPull, reviewResource, UNKNOWN_FIGURES } from './pull-resource.ts';
import { fullRepository, htmlUrl, ownerResource, userResource } from './repository-resource.ts';
import type { CheckRun, IssueComment, Pull, Repository, Review } from './state.ts';

/** Notes a webhook of the repository; the caller commits. */
function announce(
  context: GithubContext,
  repository: Repository,
  event: string,
  sender: Person,
  payload: Readonly<Record<string, unknown>>,
): void {
  const baseUrl = context.baseUrl();
  context.ledger.webhook(event, {
    ...payload,
    repository: fullRepository(baseUrl, repository),
    organization: { login: OWNER, id: 1, url: ownerResource(baseUrl).url },
    sender: userResource(baseUrl, sender),
  });
}

/** The merge's and the lists' figures are not computed for a webhook: GitHub says unknown too. */
export function announcePull(
  context: GithubContext,
  repository: Repository,
  pull: Pull,
  sender: Person,
  payload: Readonly<Record<string, unknown>> & { readonly action: string },
): void {
  announce(context, repository, 'pull_request', sender, {
    number: pull.number,
    ...payload,
    pull_request: fullPull(context.baseUrl(), repository, pull, UNKNOWN_FIGURES),
  });
}

export function announceReview(
  context: GithubContext,
  repository: Repository,
  pull: Pull,
  review: Review,
  sender: Person,
  action: 'submitted' | 'dismissed',
): void {
  const resource = reviewResource(context.baseUrl(), repository, pull, review);
  announce(context, repository, 'pull_request_review', sender, {
    action,
    // Webhooks write the state in lower case, the API in upper case.
    review: { ...resource, state: review.state.toLowerCase() },
    pull_request: fullPull(context.baseUrl(), repository, pull, UNKNOWN_FIGURES),
  });
}

export function announceComment(
  context: GithubContext,
  repository: Repository,
  pull: Pull,
  comment: IssueComment,
  sender: Person,
  action: 'created' | 'edited' | 'deleted',
): void {
  const baseUrl = context.baseUrl();
  const { url, html_url, number, title, state, body, user } = fullPull(
    baseUrl,
    repository,
    pull,
    UNKNOWN_FIGURES,
  );
  announce(context, repository, 'issue_comment', sender, {
    action,
    issue: { id: pull.id, number, title, state, body, user, html_url, pull_request: { url } },
    comment: commentResource(baseUrl, repository, pull, comment),
  });
}

export function announceCheckRun(
  context: GithubContext,
  repository: Repository,
  run: CheckRun,
  action: 'created' | 'completed',
): void {
  const check_run = checkRunResource(context.baseUrl(), repository, run);
  announce(context, repository, 'check_run', BOT, { action, check_run });
}

export function announceCheckSuite(
  context: GithubContext,
  repository: Repository,
  run: CheckRun,
  commit: CommitRecord,
): void {
  const check_suite = checkSuiteResource(context.baseUrl(), repository, run, commit);
  announce(context, repository, 'check_suite', BOT, { action: 'completed', check_suite });
}

export interface Push {
  readonly branch: string;
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
  /** Oldest first, with what each changed. */
  readonly commits: readonly {
    readonly commit: CommitRecord;
    readonly files: readonly FileChange[];
  }[];
}

export const NOWHERE = '0'.repeat(40);

export function announcePush(
  context: GithubContext,
  repository: Repository,
  push: Push,
  pusher: Person,
): void {
  const { branch, before, after } = push;
  const html = htmlUrl(context.baseUrl(), repository);
  const commits = push.commits.map(({ commit, files }) => pushedCommit(html, commit, files));
  announce(context, repository, 'push', pusher, {
    ref: `refs/heads/${branch}`,
    before,
    after,
    created: before === NOWHERE,
    deleted: after === NOWHERE,
    forced: push.forced,
    base_ref: null,
    compare: `${html}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: pusher.githubLogin, email: pusher.email },
  });
}

function pushedCommit(html: string, commit: CommitRecord, files: readonly FileChange[]) {
  const named = (status: FileChange['status']) =>
    files.filter((file) => file.status === status).map(({ filename }) => filename);
  const simple = simpleCommit(commit);
  const withLogin = (signature: { readonly name: string; readonly email: string }) => {
    const person = byEmail(signature.email);
    return person ? { ...signature, username: person.githubLogin } : signature;
  };
  return {
    ...simple,
    author: withLogin(simple.author),
    committer: withLogin(simple.committer),
    distinct: true,
    url: `${html}/commit/${commit.sha}`,
    added: named('added'),
    removed: named('removed'),
    modified: named('modified'),
  };
}
