import { IntegrationError } from '../errors.ts';
import type { GitRunner } from './run-git.ts';

export interface PushOrder {
  readonly directory: string;
  readonly url: string;
  readonly branch: string;
  readonly commit: string;
  readonly token: string;
  readonly signal?: AbortSignal;
}

/**
 * Brings a commit to a branch of the forge that does not exist yet, or stands at the commit's
 * parent. Nothing is ever forced.
 *
 * @returns the commit that stands for ours: itself, or, when a first try was cut off after its push
 *   and the base has moved since, the one which that try pushed
 * @throws IntegrationError `StateConflict` when the branch holds something else
 */
export async function pushCommit(git: GitRunner, order: PushOrder): Promise<string> {
  const there = await remoteHead(git, order);
  if (there === order.commit) return order.commit;
  if (there !== null) {
    const ours = await alreadyThere(git, order, there);
    if (ours !== null) return ours;
  }
  const lease = `--force-with-lease=refs/heads/${order.branch}:${there ?? ''}`;
  const refspec = `${order.commit}:refs/heads/${order.branch}`;
  const args = ['push', '--quiet', lease, order.url, refspec];
  await git.run({ ...call(order), args, token: order.token });
  return order.commit;
}

async function remoteHead(git: GitRunner, order: PushOrder): Promise<string | null> {
  const args = ['ls-remote', order.url, `refs/heads/${order.branch}`];
  const [commit] = (await git.text({ ...call(order), args, token: order.token })).split('\t');
  return commit === undefined || commit === '' ? null : commit;
}

/** `null`: the branch stands where our commit begins, so it may be moved on. */
async function alreadyThere(
  git: GitRunner,
  order: PushOrder,
  there: string,
): Promise<string | null> {
  const { commit, branch, token } = order;
  const fetchArgs = ['fetch', '--quiet', '--no-tags', order.url, `refs/heads/${branch}`];
  await git.run({ ...call(order), args: fetchArgs, token });
  if (await isAncestor(git, order, commit, there)) return commit; // somebody went on from ours
  if ((await firstParent(git, order, commit)) === there) return null;
  if ((await fingerprint(git, order, there)) === (await fingerprint(git, order, commit))) {
    return there;
  }
  const message = `branch ${branch} is there already and holds something else (${there.slice(0, 10)})`;
  throw new IntegrationError('StateConflict', 'git', message);
}

async function isAncestor(
  git: GitRunner,
  order: PushOrder,
  a: string,
  b: string,
): Promise<boolean> {
  return (await git.attempt({ ...call(order), args: ['merge-base', '--is-ancestor', a, b] })).ok;
}

async function firstParent(git: GitRunner, order: PushOrder, commit: string): Promise<string> {
  return git.text({ ...call(order), args: ['rev-parse', `${commit}^`] });
}

/** Who, when, what was said and what was changed, whatever it stands on. */
async function fingerprint(git: GitRunner, order: PushOrder, commit: string): Promise<string> {
  const headArgs = ['show', '--no-patch', '--format=%ae %at %ce %ct%n%B', commit];
  const head = await git.text({ ...call(order), args: headArgs });
  const patchArgs = ['diff-tree', '--patch', '--binary', '--no-ext-diff', '--no-textconv', commit];
  const patch = await git.run({ ...call(order), args: patchArgs });
  const id = await git.text({ ...call(order), args: ['patch-id', '--stable'], input: patch });
  return `${head}\n${id.split(' ')[0] ?? ''}`;
}

function call({ directory, signal }: PushOrder) {
  return { directory, signal };
}
