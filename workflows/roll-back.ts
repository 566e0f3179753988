import type { Evidence } from '../domain/packet.schema.ts';
import type { Delivered } from './messages.ts';
import { verification } from './proxies.ts';
import { reasonOf } from './reasons.ts';

/**
 * Takes everything out of production, last first: traffic and release, then the check of what was
 * restored, then the merge. One failing undo never stops the next; a rollback is finished when the
 * restored state has passed its checks, and what did not is evidence that says so. Where another
 * release has taken the place since, it is left alone, and so is the merge it was built on.
 */
export async function rollBack(
  key: string,
  round: number,
  delivered: readonly Delivered[],
): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  for (const one of [...delivered].reverse()) {
    const { superseded, found } = await restore(key, round, one);
    if (found !== null) evidence.push(found);
    const builtUpon = superseded && one.version !== null;
    if (one.mergeCommit === null || builtUpon) continue;
    const failed = await revert(key, round, one, one.mergeCommit);
    if (failed !== null) evidence.push(failed);
  }
  return evidence;
}

async function restore(
  key: string,
  round: number,
  { change, before }: Delivered,
): Promise<{ readonly superseded: boolean; readonly found: Evidence | null }> {
  try {
    const ours = change.headCommit;
    const { superseded } = await verification.restoreRelease({ key, round, release: before, ours });
    if (superseded) return { superseded, found: null };
    return {
      superseded,
      found: await verification.verifyRestored({ key, round, release: before }),
    };
  } catch (error) {
    const id = `restored/${change.service}/${round}`;
    return { superseded: false, found: notDone(id, `restored state of ${change.service}`, error) };
  }
}

async function revert(
  key: string,
  round: number,
  { change }: Delivered,
  mergeCommit: string,
): Promise<Evidence | null> {
  try {
    await verification.revertChange({ key, round, change, mergeCommit, at: Date.now() });
    return null;
  } catch (error) {
    const what = `revert of ${change.repository}#${change.pullRequest.number}`;
    return notDone(`revert/${change.repository}/${round}`, what, error);
  }
}

function notDone(id: string, what: string, error: unknown): Evidence {
  return {
    id,
    what,
    layer: 'operation',
    result: 'failed',
    sentence: `could not be done: ${reasonOf(error)}`,
    artifact: null,
    durationMs: 0,
  };
}
