import {
  CancellationScope,
  condition,
  isCancellation,
  CancelledFailure,
  setHandler,
} from '@temporalio/workflow';
import type { Evidence } from '../domain/packet.schema.ts';
import { steerSignal, type Delivered, type SoakInput } from './messages.ts';
import { watching } from './proxies.ts';
import { reasonOf } from './reasons.ts';
import { rollBack } from './roll-back.ts';

export interface SoakResult {
  readonly clean: boolean;
  readonly evidence: readonly Evidence[];
  /** After a soak that was not clean: the checks of what was restored. */
  readonly restored: readonly Evidence[];
  readonly sentence: string;
}

/** Days of watching what was promoted, with few events. Not clean until every service's objective held to the end; else everything is rolled back. */
export async function soak({ key, round, delivered, policy }: SoakInput): Promise<SoakResult> {
  let ordered = false;
  setHandler(steerSignal, (steering) => {
    ordered ||= steering === 'rollback';
  });
  const scope = new CancellationScope();
  let evidence: readonly Evidence[] = [];
  let sentence = 'rolled back by a person';
  let cancelled: CancelledFailure | null = null;
  try {
    const watched = scope.run(() =>
      firstBadOrAll(delivered.map((d) => watchService({ key, round, delivered, policy }, d))),
    );
    const result = await Promise.race([watched, condition(() => ordered).then(() => null)]);
    if (result === null) {
      scope.cancel();
      await watched.catch(() => undefined);
    } else {
      evidence = result;
      sentence = result.map((e) => e.sentence).join('; ');
    }
  } catch (error) {
    if (isCancellation(error)) cancelled = new CancelledFailure('the ticket was cancelled');
    sentence = cancelled === null ? reasonOf(error) : 'the ticket was cancelled';
  }
  const clean = evidence.length > 0 && evidence.every((e) => e.result === 'passed');
  const restored = clean
    ? []
    : await CancellationScope.nonCancellable(() => rollBack(key, round, delivered));
  if (cancelled !== null) throw cancelled;
  return { clean, evidence, restored, sentence };
}

/** One service that is not well is enough to end the soak: the others do not keep it in production. */
async function firstBadOrAll(watches: readonly Promise<Evidence>[]): Promise<readonly Evidence[]> {
  const bad = watches.map(async (watch) => {
    const found = await watch;
    return found.result === 'passed' ? new Promise<never>(() => undefined) : [found];
  });
  return Promise.race([Promise.all(watches), ...bad]);
}

async function watchService(
  { key, round, policy }: SoakInput,
  { change, version }: Delivered,
): Promise<Evidence> {
  const { service } = change;
  if (version === null) throw new Error(`${service} was never deployed`);
  const ticks = Math.max(1, Math.ceil(policy.soak.duration / policy.soak.tick));
  const result = await watching.watchStep({
    key,
    rollout: `${key}/${round}/${service}/soak`,
    service,
    candidate: version,
    baseline: null,
    weight: 100,
    lastWeight: 100,
    tickMs: policy.soak.tick,
    policy: {
      minTicks: ticks,
      minRequests: policy.soak.minRequests,
      maxTicks: ticks * 2,
      // A quiet night is no fault: only a soak without any traffic says nothing.
      silentTicks: ticks,
      maxErrorRate: policy.soak.maxErrorRate,
      errorRatio: 1,
    },
  });
  const passed = result.verdict === 'promote';
  return {
    id: `soak/${service}`,
    what: `soak of ${service} ${version}`,
    layer: 'operation',
    result: passed ? 'passed' : result.verdict === 'inconclusive' ? 'inconclusive' : 'failed',
    sentence: result.sentence,
    artifact: null,
    durationMs: result.ticks * policy.soak.tick,
  };
}
