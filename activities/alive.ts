import { Context } from '@temporalio/activity';

/** Beats while `work` runs, so that a killed worker is noticed within the heartbeat timeout and a cancellation arrives. */
export async function whileAlive<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 1_000);
  try {
    context.heartbeat();
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}
