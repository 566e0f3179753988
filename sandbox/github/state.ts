import { emptyLedger, type LedgerState } from '../ledger.ts';

export interface Pull {
  readonly id: number;
  readonly number: number;
  /** A person's id in the directory, as all authors below. */
  readonly author: string;
  readonly branch: string;
  readonly createdAt: number;
  base: string;
  title: string;
  body: string | null;
  draft: boolean;
  updatedAt: number;
  /** The branch's commit; after the end, the last one it had. */
  headSha: string;
  /** Where `base` was when the pull request was opened or its head last changed. */
  baseSha: string;
  state: 'open' | 'closed';
  closedAt: number | null;
  mergedAt: number | null;
  mergedBy: string | null;
  mergeCommit: string | null;
  reviews: Review[];
  comments: IssueComment[];
}

export interface Review {
  readonly id: number;
  readonly author: string;
  readonly commit: string;
  readonly submittedAt: number;
  body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
}

export interface IssueComment {
  readonly id: number;
  readonly author: string;
  readonly createdAt: number;
  updatedAt: number;
  body: string;
}

/** One run of a repository's CI script, and the check run by which it is seen. */
export interface CheckRun {
  readonly id: number;
  readonly suiteId: number;
  readonly name: string;
  readonly branch: string;
  readonly sha: string;
  /** What the branch pointed at before the push. */
  readonly before: string;
  readonly createdAt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: 'success' | 'failure' | 'timed_out' | null;
  startedAt: number | null;
  completedAt: number | null;
  summary: string | null;
  text: string | null;
}

export interface Repository {
  readonly id: number;
  readonly fullName: string;
  readonly createdAt: number;
  pushedAt: number;
  nextNumber: number;
  /** Where each branch was when it was last looked at: what differs in git is a push. */
  branches: Record<string, string>;
  pulls: Pull[];
  checkRuns: CheckRun[];
}

export interface GithubState {
  nextId: number;
  repositories: Repository[];
  ledger: LedgerState;
}

export function initialState(): GithubState {
  return { nextId: 1000, repositories: [], ledger: emptyLedger() };
}

export function newRepository(
  id: number,
  fullName: string,
  branches: Record<string, string>,
  now: number,
): Repository {
  return {
    id,
    fullName,
    createdAt: now,
    pushedAt: now,
    nextNumber: 1,
    branches,
    pulls: [],
    checkRuns: [],
  };
}
