import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
} from '@temporalio/workflow';
import { ticketWorkflowId } from '../domain/task-queues.ts';
import { environmentNameOf } from '../domain/environment.ts';
import type { EnvironmentReady } from '../activities/verification.ts';
import { reasonOf } from './reasons.ts';
import { endEnvironmentSignal, environmentSignal, type KeepEnvironmentInput } from './messages.ts';
import { verification } from './proxies.ts';

/**
 * Owns one environment: starts it, tells the ticket, and takes it down when it is told to, when its
 * time is over, or when it is cancelled. Nothing that happens to the ticket's workflow keeps it alive.
 */
export async function keepEnvironment({
  key,
  round,
  changes,
  ttlMs,
}: KeepEnvironmentInput): Promise<'ended' | 'expired' | 'failed'> {
  let ended = false;
  setHandler(endEnvironmentSignal, () => {
    ended = true;
  });
  const environment = environmentNameOf(key, round);
  try {
    const ready = await verification.createEnvironment({ key, round, changes });
    await tell(key, round, ready, '');
    return (await condition(() => ended, ttlMs)) ? 'ended' : 'expired';
  } catch (error) {
    await CancellationScope.nonCancellable(() => tell(key, round, null, reasonOf(error)));
    return 'failed';
  } finally {
    await CancellationScope.nonCancellable(() =>
      verification.destroyEnvironment({ key, environment }),
    );
  }
}

/** The ticket may be gone: then nobody waits for the answer. */
async function tell(
  key: string,
  round: number,
  ready: EnvironmentReady | null,
  because: string,
): Promise<void> {
  try {
    await getExternalWorkflowHandle(ticketWorkflowId(key)).signal(environmentSignal, {
      round,
      ready,
      because,
    });
  } catch {
    // Only a missing workflow fails an external signal; the environment is taken down at once or at its time.
  }
}
