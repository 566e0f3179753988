import type { Card } from '../../domain/card.ts';

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly branch: string;
  readonly base: string;
  readonly headCommit: string;
  /** The merge's commit on the base branch; null until it is merged. */
  readonly mergeCommit: string | null;
}

export interface Review {
  readonly id: string;
  readonly login: string;
  readonly isBot: boolean;
  readonly state: 'approved' | 'changes-requested' | 'commented' | 'dismissed';
  /** The commit the reviewer saw: an approval of another one does not count. */
  readonly commit: string;
}

/** Who wrote a commit: forge login where the forge knows one, and the e-mail in the commit. */
export interface CommitPerson {
  readonly login: string | null;
  readonly email: string;
}

/** The forge's API. `repository` is `owner/name`. Every method throws `IntegrationError`. */
export interface ForgePort {
  defaultBranch(input: {
    readonly repository: string;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly branch: string; readonly commit: string }>;
  /** Idempotent: unique by head branch. An open or merged one for `branch` is found; its title and text are brought up to date while it is open. */
  openPullRequest(input: {
    readonly repository: string;
    readonly branch: string;
    readonly base: string;
    readonly title: string;
    readonly card: Card;
    readonly signal?: AbortSignal;
  }): Promise<PullRequest>;
  readPullRequest(input: {
    readonly repository: string;
    readonly number: number;
    readonly signal?: AbortSignal;
  }): Promise<PullRequest>;
  listReviews(input: {
    readonly repository: string;
    readonly number: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly Review[]>;
  /** Authors and committers of every commit of the pull request. */
  listAuthors(input: {
    readonly repository: string;
    readonly number: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly CommitPerson[]>;
  /** Idempotent by `marker`, a hidden comment in the body. */
  comment(input: {
    readonly repository: string;
    readonly number: number;
    readonly marker: string;
    readonly card: Card;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly id: string }>;
  /** Merges exactly `headCommit`; `StateConflict` when the head moved. A merged one is found. Answers the merge commit. */
  merge(input: {
    readonly repository: string;
    readonly number: number;
    readonly headCommit: string;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly mergeCommit: string }>;
  /** Idempotent; a merged one is left alone. Answers how it stands afterwards. */
  closePullRequest(input: {
    readonly repository: string;
    readonly number: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly state: 'closed' | 'merged' }>;
}

/**
 * Git itself. Baton never runs git on a `.git` that an agent could write: working copies given to
 * agents are thrown away, and diffs and pushes come from clean clones.
 */
export interface GitPort {
  /** A full clone of its own (no worktree, no shared objects) with `ref` checked out, detached. `directory` must not exist. Read credential only, and none is left in it. */
  clone(input: {
    readonly repository: string;
    readonly ref: string;
    readonly directory: string;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly commit: string }>;
  /** What the files of `directory` (a clean clone) differ from its HEAD, as one patch with binary parts, and its figures. */
  diff(input: { readonly directory: string; readonly signal?: AbortSignal }): Promise<GitDiff>;
  /** Applies a patch made by `diff` to a clean clone. */
  apply(input: {
    readonly directory: string;
    readonly patch: Uint8Array;
    readonly paths?: readonly string[];
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /**
   * Commits all changes of a clean clone and pushes them to `branch` with the write credential.
   * Idempotent: author, committer and date are given, so the same content on the same parent is the
   * same commit; a branch that is there already is left alone. `StateConflict` when the branch
   * holds something else.
   */
  commitAndPush(input: {
    readonly directory: string;
    readonly repository: string;
    readonly branch: string;
    readonly message: string;
    readonly at: string;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly commit: string }>;
  /** Commits the inverse of a merge commit (its first parent is the mainline) and pushes it to `branch`. Idempotent as `commitAndPush`. */
  revertAndPush(input: {
    readonly directory: string;
    readonly repository: string;
    readonly mergeCommit: string;
    readonly branch: string;
    readonly message: string;
    readonly at: string;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly commit: string }>;
}

export interface GitDiff {
  readonly patch: Uint8Array;
  readonly files: readonly string[];
  readonly insertions: number;
  readonly deletions: number;
}
