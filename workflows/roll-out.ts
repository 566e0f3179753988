import {
  CancellationScope,
  condition,
  isCancellation,
  CancelledFailure,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WatchResult } from '../activities/watch.ts';
import type { Arms } from '../activities/rollout.ts';
import type { Release } from '../domain/release.ts';
import type { ChangeRef } from '../domain/ticket.ts';
import {
  inconclusiveSignal,
  steerSignal,
  type Delivered,
  type RollOutInput,
  type RollOutResult,
  type Steering,
} from './messages.ts';
import { outside, verification, watching } from './proxies.ts';
import { reasonOf } from './reasons.ts';
import { rollBack } from './roll-back.ts';

interface Progress {
  /** What is merged or deployed so far: the undo stack, last one on top. */
  readonly delivered: Delivered[];
  steps: number;
  ticks: number;
  sentence: string;
}

/** A candidate nobody reaches for so long can be neither blamed nor promoted. */
const SILENT_TICKS = 5;

/** What people told this rollout to do. */
interface Wheel {
  held: boolean;
  order: 'rollback' | 'promote' | null;
}

/**
 * Merges, deploys and shifts traffic step by step, one service after the other. Its outcome is
 * `rolled-back` until every service has been promoted; whatever else happens, a cancellation
 * included, everything it did is undone and the restored state verified.
 */
export async function rollOut(input: RollOutInput): Promise<RollOutResult> {
  const wheel: Wheel = { held: false, order: null };
  setHandler(steerSignal, (steering) => steer(wheel, steering));
  const progress: Progress = {
    delivered: [],
    steps: 0,
    ticks: 0,
    sentence: 'nothing was deployed',
  };
  let promoted = false;
  let cancelled: CancelledFailure | null = null;
  try {
    promoted = await deliverAll(input, progress, wheel);
  } catch (error) {
    if (isCancellation(error)) cancelled = new CancelledFailure('the ticket was cancelled');
    progress.sentence = cancelled === null ? reasonOf(error) : 'the ticket was cancelled';
  }
  const restored = promoted
    ? []
    : await CancellationScope.nonCancellable(() =>
        rollBack(input.key, input.round, progress.delivered),
      );
  if (cancelled !== null) throw cancelled;
  const { steps, ticks, sentence } = progress;
  return {
    record: {
      round: input.round,
      verdict: promoted ? 'promoted' : 'rolled-back',
      sentence,
      steps,
      ticks,
      restored,
    },
    delivered: promoted ? progress.delivered : [],
  };
}

async function deliverAll(input: RollOutInput, progress: Progress, wheel: Wheel): Promise<boolean> {
  for (const change of input.changes) {
    const before = input.before.find((r) => r.service === change.service);
    const after = input.after.find((r) => r.service === change.service);
    if (before === undefined || after === undefined)
      throw new Error(`no release of ${change.service} in the packet`);
    if (!(await deliverOne(input, change, before, after, progress, wheel))) return false;
  }
  return true;
}

async function deliverOne(
  input: RollOutInput,
  change: ChangeRef,
  before: Release,
  after: Release,
  progress: Progress,
  wheel: Wheel,
): Promise<boolean> {
  const { key, round, policy } = input;
  const { service } = change;
  // On the stack before anything is done: an undo of what was never done changes nothing.
  progress.delivered.push({ change, before, version: null, mergeCommit: null });
  if (!(await mayGoOn(wheel))) return false;
  const { mergeCommit } = await outside.mergeChange({ key, change });
  const place = progress.delivered.length - 1;
  progress.delivered[place] = { change, before, version: null, mergeCommit };
  if (!(await mayGoOn(wheel))) return false;
  const arms = await verification.deployCandidate({ key, round, before, after });
  progress.delivered[place] = { change, before, version: arms.candidate, mergeCommit };
  let weight = 0;
  for (const percent of policy.rollout.weights) {
    if (!(await mayGoOn(wheel))) return false;
    await verification.setWeight({ key, round, service, arms, from: weight, percent });
    weight = percent;
    progress.steps += 1;
    const result = await watchOrObey(input, service, arms, percent, wheel);
    progress.ticks = result.ticks;
    progress.sentence = result.sentence;
    if (result.verdict === 'promote') break;
    if (result.verdict !== 'advance') return false;
  }
  if (!(await mayGoOn(wheel))) return false;
  await verification.promoteCandidate({ key, round, service, arms });
  return true;
}

/** Watches one weight; a person's order ends the watch at once. An inconclusive canary is held for a person and rolled back at its deadline. */
async function watchOrObey(
  input: RollOutInput,
  service: string,
  arms: Arms,
  weight: number,
  wheel: Wheel,
): Promise<WatchResult> {
  const { key, round, policy } = input;
  const { minTicks, minRequests, maxTicks, maxErrorRate, errorRatio } = policy.rollout;
  const scope = new CancellationScope();
  const watch = scope.run(() =>
    watching.watchStep({
      key,
      rollout: `${key}/${round}/${service}`,
      service,
      candidate: arms.candidate,
      baseline: arms.stable,
      weight,
      lastWeight: policy.rollout.weights.at(-1) ?? 100,
      tickMs: policy.rollout.tick,
      policy: {
        minTicks,
        minRequests,
        maxTicks,
        maxErrorRate,
        errorRatio,
        silentTicks: SILENT_TICKS,
      },
    }),
  );
  const obeyed = condition(() => wheel.order !== null).then(() => null);
  const result = await Promise.race([watch, obeyed]);
  if (result === null) {
    scope.cancel();
    await watch.catch(() => undefined);
    return ordered(wheel, 0);
  }
  return result.verdict === 'inconclusive'
    ? askPerson(result, policy.deadlines.inconclusive, wheel)
    : result;
}

/** The weight stays, a person is asked, and silence rolls back: the safe direction needs no consent. */
async function askPerson(
  result: WatchResult,
  deadlineMs: number,
  wheel: Wheel,
): Promise<WatchResult> {
  await tellTicket({ because: result.sentence });
  await condition(() => wheel.order !== null, deadlineMs);
  await tellTicket(null);
  if (wheel.order !== null) return ordered(wheel, result.ticks);
  const sentence = `inconclusive and nobody decided in time: ${result.sentence}`;
  return { ...result, verdict: 'rollback', sentence };
}

async function tellTicket(news: { readonly because: string } | null): Promise<void> {
  const { parent } = workflowInfo();
  if (parent === undefined) return;
  try {
    await getExternalWorkflowHandle(parent.workflowId).signal(inconclusiveSignal, news);
  } catch {
    // Only a ticket that has ended cannot be told; the deadline rolls back all the same.
  }
}

/** Held, nothing further is done; false when a person had it rolled back. */
async function mayGoOn(wheel: Wheel): Promise<boolean> {
  await condition(() => !wheel.held || wheel.order !== null);
  return wheel.order !== 'rollback';
}

function ordered(wheel: Wheel, ticks: number): WatchResult {
  return wheel.order === 'promote'
    ? { verdict: 'promote', sentence: 'promoted by a person', ticks }
    : { verdict: 'rollback', sentence: 'rolled back by a person', ticks };
}

function steer(wheel: Wheel, steering: Steering): void {
  switch (steering) {
    case 'hold':
      wheel.held = true;
      return;
    case 'resume':
      wheel.held = false;
      return;
    case 'rollback':
    case 'promote':
      wheel.order = steering;
      return;
    default:
      steering satisfies never;
  }
}
