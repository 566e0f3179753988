import type { Evidence } from '../domain/packet.schema.ts';
import type { Delivered } from './messages.ts';
import { verification } from './proxies.ts';
import { reasonOf } from './reasons.ts';

/**
 * Takes everything out of production, last first: traffic and release, then the check of what was
 * restored, then the merge. One failing undo never stops the next; a rollback is finished when the
 * restored state has passed its checks, and what did not is evidence that says so.
 */
export async function rollBack(
  key: string,
  round: number,
  delivered: readonly Delivered[],
): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  for (const { change, before, mergeCommit } of [...delivered].reverse()) {
    try {
      await verification.restoreRelease({ key, round, release: before });
      evidence.push(await verification.verifyRestored({ key, round, release: before }));
    } catch (error) {
      evidence.push(
        notDone(
          `restored/${change.service}/${round}`,
          `restored state of ${change.service}`,
          error,
        ),
      );
    }
    if (mergeCommit === null) continue;
    try {
      await verification.revertChange({ key, round, change, mergeCommit, at: Date.now() });
    } catch (error) {
      evidence.push(
        notDone(
          `revert/${change.repository}/${round}`,
          `revert of ${change.repository}#${change.pullRequest.number}`,
          error,
        ),
      );
    }
  }
  return evidence;
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
