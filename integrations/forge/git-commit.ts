import { IntegrationError } from '../errors.ts';
import type { GitRunner } from './run-git.ts';

export interface CommitOrder {
  readonly directory: string;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
  readonly who: { readonly name: string; readonly email: string };
  readonly signal?: AbortSignal;
}

/**
 * Puts every change of the working copy into the index; what the repository ignores stays out.
 * A repository inside is refused: git would run with that one's configuration, which is not ours.
 */
export async function indexAll(
  git: GitRunner,
  { directory, signal }: { readonly directory: string; readonly signal?: AbortSignal },
): Promise<void> {
  const args = ['ls-files', '--others', '--exclude-standard', '-z'];
  const listed = (await git.text({ directory, args, signal })).split('\0');
  const nested = listed.find((path) => path.endsWith('/'));
  if (nested !== undefined) {
    const message = `the change brings a repository inside the repository (${nested})`;
    throw new IntegrationError('IntegrationRejected', 'git', message);
  }
  await git.run({ directory, args: ['add', '--all', '.'], signal });
}

/**
 * Commits the index on HEAD. The same index, parent, message and time are the same commit: a retry
 * makes nothing new.
 */
export async function commitTree(git: GitRunner, order: CommitOrder): Promise<string> {
  const { directory, signal } = order;
  const tree = await git.text({ directory, args: ['write-tree'], signal });
  const head = await git.text({ directory, args: ['rev-parse', 'HEAD^{tree}'], signal });
  if (tree === head) {
    throw new IntegrationError('IntegrationRejected', 'git', 'there is nothing to commit');
  }
  const parent = await git.text({ directory, args: ['rev-parse', 'HEAD'], signal });
  const args = ['commit-tree', '-p', parent, '-F', '-', tree];
  return git.text({ directory, args, input: order.message, identity: identity(order), signal });
}

function identity({ who, at }: CommitOrder): Record<string, string> {
  const date = `@${Math.floor(Date.parse(at) / 1_000)} +0000`;
  return {
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: date,
  };
}
