import { personOf } from './context.ts';
import {
  apiUrl,
  fullRepository,
  htmlUrl,
  nodeId,
  ownerResource,
  time,
  timeOrNull,
  userResource,
} from './repository-resource.ts';
import type { IssueComment, Pull, Repository, Review } from './state.ts';
import { OWNER } from '../repositories.ts';

/** A pull request as lists and most webhooks show it. */
export function simplePull(baseUrl: string, repository: Repository, pull: Pull) {
  const api = apiUrl(baseUrl, repository);
  const html = `${htmlUrl(baseUrl, repository)}/pull/${pull.number}`;
  const addresses = {
    self: `${api}/pulls/${pull.number}`,
    issue: `${api}/issues/${pull.number}`,
    comments: `${api}/issues/${pull.number}/comments`,
    review_comments: `${api}/pulls/${pull.number}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    commits: `${api}/pulls/${pull.number}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
  };
  const side = (ref: string, sha: string) => ({
    label: `${OWNER}:${ref}`,
    ref,
    sha,
    user: ownerResource(baseUrl),
    repo: fullRepository(baseUrl, repository),
  });
  return {
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    number: pull.number,
    state: pull.state,
    locked: false,
    draft: pull.draft,
    title: pull.title,
    body: pull.body,
    user: userResource(baseUrl, personOf(pull.author)),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    url: addresses.self,
    issue_url: addresses.issue,
    comments_url: addresses.comments,
    review_comments_url: addresses.review_comments,
    review_comment_url: addresses.review_comment,
    commits_url: addresses.commits,
    statuses_url: addresses.statuses,
    _links: {
      html: { href: html },
      ...Object.fromEntries(Object.entries(addresses).map(([rel, href]) => [rel, { href }])),
    },
    created_at: time(pull.createdAt),
    updated_at: time(pull.updatedAt),
    closed_at: timeOrNull(pull.closedAt),
    merged_at: timeOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    auto_merge: null,
    active_lock_reason: null,
    author_association: 'MEMBER',
    head: side(pull.branch, pull.headSha),
    base: side(pull.base, pull.baseSha),
  };
}

export interface PullFigures {
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly commits: number;
  /** null: not known yet. */
  readonly mergeable: boolean | null;
}

export const UNKNOWN_FIGURES: PullFigures = {
  additions: 0,
  deletions: 0,
  changedFiles: 0,
  commits: 0,
  mergeable: null,
};

export function fullPull(
  baseUrl: string,
  repository: Repository,
  pull: Pull,
  figures: PullFigures,
) {
  const { mergeable } = figures;
  return {
    ...simplePull(baseUrl, repository, pull),
    merged: pull.mergedAt !== null,
    merged_by: pull.mergedBy ? userResource(baseUrl, personOf(pull.mergedBy)) : null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? 'unknown' : mergeable ? 'clean' : 'dirty',
    maintainer_can_modify: false,
    comments: pull.comments.length,
    review_comments: 0,
    commits: figures.commits,
    additions: figures.additions,
    deletions: figures.deletions,
    changed_files: figures.changedFiles,
  };
}

/** How checks and suites name the pull requests of their commit. */
export function minimalPull(baseUrl: string, repository: Repository, pull: Pull) {
  const url = apiUrl(baseUrl, repository);
  const repo = { id: repository.id, url, name: repository.fullName.split('/')[1] ?? '' };
  return {
    id: pull.id,
    number: pull.number,
    url: `${url}/pulls/${pull.number}`,
    head: { ref: pull.branch, sha: pull.headSha, repo },
    base: { ref: pull.base, sha: pull.baseSha, repo },
  };
}

export function reviewResource(
  baseUrl: string,
  repository: Repository,
  pull: Pull,
  review: Review,
) {
  const html = `${htmlUrl(baseUrl, repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const pullUrl = `${apiUrl(baseUrl, repository)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userResource(baseUrl, personOf(review.author)),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: 'MEMBER',
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
    submitted_at: time(review.submittedAt),
    commit_id: review.commit,
  };
}

export function commentResource(
  baseUrl: string,
  repository: Repository,
  pull: Pull,
  comment: IssueComment,
) {
  const api = apiUrl(baseUrl, repository);
  const html = `${htmlUrl(baseUrl, repository)}/pull/${pull.number}#issuecomment-${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url: `${api}/issues/comments/${comment.id}`,
    html_url: html,
    issue_url: `${api}/issues/${pull.number}`,
    user: userResource(baseUrl, personOf(comment.author)),
    body: comment.body,
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    author_association: 'MEMBER',
    performed_via_github_app: null,
  };
}
