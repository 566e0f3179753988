import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../domain/config.schema.ts';
import {
  judge,
  newJudge,
  type JudgeDecision,
  type JudgePolicy,
  type JudgeState,
} from '../domain/canary-judge.ts';
import type { MetricsPort } from '../integrations/metrics/port.ts';
import type { RolloutTick, Store } from '../store/port.ts';
import { whileAlive } from './alive.ts';
import { recordEffect } from './effects.ts';

export interface WatchInput {
  readonly key: string;
  /** Names the ticks in the store; a soak and each service's rollout have their own. */
  readonly rollout: string;
  readonly service: string;
  readonly candidate: string;
  /** `null` in a soak. */
  readonly baseline: string | null;
  readonly weight: number;
  readonly lastWeight: number;
  readonly tickMs: number;
  readonly policy: JudgePolicy;
}

export interface WatchResult {
  readonly verdict: Exclude<JudgeDecision['verdict'], 'continue'>;
  readonly sentence: string;
  /** Ticks judged so far in this rollout. */
  readonly ticks: number;
}

export interface WatchDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly metrics: MetricsPort;
}

export function createWatchActivities({ config, store, metrics }: WatchDependencies) {
  const environment = config.deploy.environment;
  return {
    /**
     * Reads both arms every tick, keeps the tick, folds the judge, and returns when the weight must
     * change or a verdict falls. Idempotent: after a kill its state is the fold of the stored ticks.
     */
    async watchStep(input: WatchInput): Promise<WatchResult> {
      const result = await whileAlive((signal) => watch(input, signal));
      if (result.verdict !== 'advance') {
        await recordEffect(
          store,
          input.key,
          `${input.rollout}/verdict/${result.ticks}`,
          `Verdict on ${input.service} ${input.candidate}: ${result.verdict}. ${result.sentence}`,
          { ticks: result.ticks },
          'verdict',
        );
      }
      return result;
    },
  };

  async function watch(input: WatchInput, signal: AbortSignal): Promise<WatchResult> {
    const ticks = await store.readTicks(input.rollout);
    let folded = fold(input, ticks);
    const stopped = ended(folded, ticks.at(-1), input);
    if (stopped !== null) return stopped;
    // The reading before the first tick is what the counters count from.
    if (ticks.length === 0) await keep(input, 0, signal);
    let state =
      ticks.length === 0 ? fold(input, await store.readTicks(input.rollout)).state : folded.state;
    for (;;) {
      await sleep(input.tickMs, undefined, { signal });
      const tick = await keep(input, state.ticks, signal);
      folded = judge(state, judgeTickOf(tick, input), input.policy);
      state = folded.state;
      const verdict = ended(folded, tick, input);
      if (verdict !== null) return verdict;
    }
  }

  /** Reads both arms at once and stores the tick; a tick that is stored already is given back as it was. */
  async function keep(
    input: WatchInput,
    number: number,
    signal: AbortSignal,
  ): Promise<RolloutTick> {
    const read = (version: string) =>
      metrics.read({ environment, service: input.service, version, signal });
    const [candidate, baseline] = await Promise.all([
      read(input.candidate),
      input.baseline === null ? null : read(input.baseline),
    ]);
    const tick = {
      tick: number + 1,
      at: new Date().toISOString(),
      weight: input.weight,
      candidate,
      baseline,
    };
    await store.appendTick(input.rollout, tick);
    const stored = await store.readTicks(input.rollout);
    return stored.find((t) => t.tick === tick.tick) ?? tick;
  }
}

interface Folded {
  readonly state: JudgeState;
  readonly decision: JudgeDecision | null;
}

function fold(input: WatchInput, ticks: readonly RolloutTick[]): Folded {
  return ticks.reduce<Folded>(
    ({ state }, tick) => judge(state, judgeTickOf(tick, input), input.policy),
    { state: newJudge, decision: null },
  );
}

const judgeTickOf = ({ weight, candidate, baseline }: RolloutTick, input: WatchInput) => ({
  weight,
  candidate,
  baseline,
  lastWeight: weight >= input.lastWeight,
});

/** A verdict counts for the weight at which it fell: `advance` at the weight before is history. */
function ended(
  { state, decision }: Folded,
  last: RolloutTick | undefined,
  input: WatchInput,
): WatchResult | null {
  if (decision === null || decision.verdict === 'continue') return null;
  if (last?.weight !== input.weight) return null;
  return { verdict: decision.verdict, sentence: decision.sentence, ticks: state.ticks };
}
