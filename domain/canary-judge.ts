import type { ArmReading } from './rollout.ts';

/** What the judge is given at the end of each tick. Readings are cumulative; `null` is no data. */
export interface JudgeTick {
  readonly weight: number;
  readonly lastWeight: boolean;
  readonly candidate: ArmReading | null;
  /** The version that ran before; `null` in a soak, where there is none left. */
  readonly baseline: ArmReading | null;
}

export interface JudgePolicy {
  readonly minTicks: number;
  readonly minRequests: number;
  readonly maxTicks: number;
  /** This many ticks in a row without requests or readings end in `inconclusive`: no data is never a pass. */
  readonly silentTicks: number;
  /** The absolute objective: a share of requests. */
  readonly maxErrorRate: number;
  /** A candidate's error rate up to this multiple of the baseline's is acceptable. */
  readonly errorRatio: number;
}

interface Totals {
  readonly requests: number;
  readonly errors: number;
}

export interface JudgeState {
  readonly ticks: number;
  /** Ticks in a row in which nothing could be read or nobody came. */
  readonly silent: number;
  /** Ticks with data since the weight last changed. */
  readonly ticksAtWeight: number;
  readonly weight: number;
  readonly candidate: Totals;
  readonly baseline: Totals;
  /** Requests the candidate had served when the weight last changed. */
  readonly requestsBefore: number;
  readonly last: { readonly candidate: ArmReading | null; readonly baseline: ArmReading | null };
}

export interface JudgeDecision {
  readonly verdict: 'continue' | 'advance' | 'promote' | 'rollback' | 'inconclusive';
  /** One sentence with the figures it rests on. */
  readonly sentence: string;
}

export const newJudge: JudgeState = {
  ticks: 0,
  silent: 0,
  ticksAtWeight: 0,
  weight: 0,
  candidate: { requests: 0, errors: 0 },
  baseline: { requests: 0, errors: 0 },
  requestsBefore: 0,
  last: { candidate: null, baseline: null },
};

/** Below this many requests an error rate says nothing. */
const ENOUGH = 20;

/**
 * Folds one tick. Pure and without random numbers.
 *
 * Rolls back when the candidate's error rate is above the objective and, against the baseline's, more
 * than two standard errors beyond the tolerated ratio (two proportions, pooled; the plain textbook test
 * without correction for repeated looks, so its false alarms grow with the number of ticks). A total
 * of fewer than 20 requests is never judged. The first reading of an arm is the point it counts from; one
 * that goes down (a restarted process) counts from zero again.
 */
export function judge(
  state: JudgeState,
  tick: JudgeTick,
  policy: JudgePolicy,
): { readonly state: JudgeState; readonly decision: JudgeDecision } {
  const next = fold(state, tick);
  return { state: next, decision: decideTick(next, tick, policy) };
}

function fold(state: JudgeState, tick: JudgeTick): JudgeState {
  const candidate = increase(state.last.candidate, tick.candidate);
  const baseline = increase(state.last.baseline, tick.baseline);
  const silent = candidate.requests === 0 ? state.silent + 1 : 0;
  const moved = tick.weight !== state.weight;
  return {
    ticks: state.ticks + 1,
    silent,
    ticksAtWeight: (moved ? 0 : state.ticksAtWeight) + (silent === 0 ? 1 : 0),
    weight: tick.weight,
    candidate: add(state.candidate, candidate),
    baseline: add(state.baseline, baseline),
    requestsBefore: moved ? state.candidate.requests : state.requestsBefore,
    last: {
      candidate: tick.candidate ?? state.last.candidate,
      baseline: tick.baseline ?? state.last.baseline,
    },
  };
}

function increase(before: ArmReading | null, now: ArmReading | null): Totals {
  if (now === null || before === null) return { requests: 0, errors: 0 };
  if (now.requests < before.requests || now.errors < before.errors) {
    return { requests: now.requests, errors: now.errors };
  }
  return { requests: now.requests - before.requests, errors: now.errors - before.errors };
}

const add = (a: Totals, b: Totals): Totals => ({
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
});

function decideTick(state: JudgeState, tick: JudgeTick, policy: JudgePolicy): JudgeDecision {
  const figures = figuresOf(state);
  if (isWorse(state, policy)) {
    return {
      verdict: 'rollback',
      sentence: `errors ${figures}, beyond the objective of ${percent(policy.maxErrorRate)} and worse than the version before`,
    };
  }
  if (state.silent >= policy.silentTicks) {
    return {
      verdict: 'inconclusive',
      sentence: `no requests or no readings for ${state.silent} ticks: nothing can be said`,
    };
  }
  const served = state.candidate.requests - state.requestsBefore;
  const enough = state.ticksAtWeight >= policy.minTicks && served >= policy.minRequests;
  if (enough && withinObjective(state, policy)) {
    return tick.lastWeight
      ? { verdict: 'promote', sentence: `errors ${figures} after ${state.ticks} ticks` }
      : { verdict: 'advance', sentence: `errors ${figures} at ${tick.weight} %` };
  }
  if (state.ticks >= policy.maxTicks) {
    return {
      verdict: 'inconclusive',
      sentence: `errors ${figures} after ${state.ticks} ticks: not enough to promote`,
    };
  }
  return { verdict: 'continue', sentence: `errors ${figures} at ${tick.weight} %` };
}

function isWorse({ candidate, baseline }: JudgeState, policy: JudgePolicy): boolean {
  if (candidate.requests < ENOUGH) return false;
  const rate = candidate.errors / candidate.requests;
  if (rate <= policy.maxErrorRate) return false;
  if (baseline.requests < ENOUGH) return true;
  const tolerated = (baseline.errors / baseline.requests) * policy.errorRatio;
  const pooled = (candidate.errors + baseline.errors) / (candidate.requests + baseline.requests);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / candidate.requests + 1 / baseline.requests));
  return rate - tolerated > 2 * error;
}

/** A candidate above the objective is not promoted, even where it cannot be called worse than what runs. */
function withinObjective({ candidate, baseline }: JudgeState, policy: JudgePolicy): boolean {
  const rate = candidate.errors / candidate.requests;
  const before = baseline.requests === 0 ? 0 : baseline.errors / baseline.requests;
  return rate <= Math.max(policy.maxErrorRate, before * policy.errorRatio);
}

function figuresOf({ candidate, baseline }: JudgeState): string {
  const mine = `${rateOf(candidate)} of ${candidate.requests} requests`;
  return baseline.requests === 0
    ? mine
    : `${mine} against ${rateOf(baseline)} of ${baseline.requests}`;
}

const rateOf = ({ requests, errors }: Totals): string =>
  requests === 0 ? 'unknown' : percent(errors / requests);
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
