import { expect, test } from '@jest/globals';
import { judge, newJudge, type JudgeDecision, type JudgePolicy } from './canary-judge.ts';
import type { ArmReading } from './rollout.ts';

const policy: JudgePolicy = {
  minTicks: 2,
  minRequests: 40,
  maxTicks: 20,
  silentTicks: 5,
  maxErrorRate: 0.05,
  errorRatio: 1.5,
};
const reading = (requests: number, errors: number): ArmReading => ({
  requests,
  errors,
  latency: { upperBoundsMs: [], counts: [] },
});

/** Runs ticks of 30 requests each; `rates` are the arms' error rates, null is no data. */
function run(
  ticks: number,
  rate: { candidate: number | null; baseline: number | null },
  options: { last?: boolean; weight?: (tick: number) => number } = {},
): { decision: JudgeDecision; ticks: number } {
  let state = newJudge;
  let decision: JudgeDecision = { verdict: 'continue', sentence: '' };
  for (let tick = 0; tick <= ticks; tick += 1) {
    const arm = (share: number | null) =>
      share === null ? null : reading(tick * 30, Math.round(tick * 30 * share));
    ({ state, decision } = judge(
      state,
      {
        weight: options.weight?.(tick) ?? 10,
        lastWeight: options.last ?? false,
        candidate: arm(rate.candidate),
        baseline: arm(rate.baseline),
      },
      policy,
    ));
    if (decision.verdict !== 'continue') return { decision, ticks: tick };
  }
  return { decision, ticks };
}

test.each([
  ['healthy, before the last weight', { candidate: 0, baseline: 0 }, false, 'advance'],
  ['healthy, at the last weight', { candidate: 0, baseline: 0 }, true, 'promote'],
  ['failing every fifth request', { candidate: 0.2, baseline: 0 }, true, 'rollback'],
  ['failing as the version before does', { candidate: 0.2, baseline: 0.2 }, true, 'promote'],
  ['without any data', { candidate: null, baseline: 0 }, true, 'inconclusive'],
  [
    'failing where nothing is known of the version before',
    { candidate: 0.2, baseline: null },
    true,
    'rollback',
  ],
] as const)('a candidate %s ends in the right verdict', (_what, rates, last, verdict) => {
  expect(run(20, rates, { last }).decision.verdict).toBe(verdict);
});

test('no data is never a pass, however long it lasts', () => {
  const { decision, ticks } = run(20, { candidate: null, baseline: null }, { last: true });
  expect(decision.verdict).toBe('inconclusive');
  expect(ticks).toBe(4);
});

test('too few requests are not judged and not promoted', () => {
  let state = newJudge;
  let decision: JudgeDecision | null = null;
  for (let tick = 0; tick < 20; tick += 1) {
    ({ state, decision } = judge(
      state,
      {
        weight: 10,
        lastWeight: true,
        candidate: reading(tick, tick),
        baseline: reading(tick * 30, 0),
      },
      policy,
    ));
    if (tick < 19) expect(['continue', 'rollback']).toContain(decision.verdict);
    if (decision.verdict === 'rollback') break;
  }
  // From 20 requests on, all of them errors, it is plain.
  expect(decision?.verdict).toBe('inconclusive');
});

test('a new weight is served for its own minimum before the next', () => {
  const { ticks } = run(
    20,
    { candidate: 0, baseline: 0 },
    { weight: (tick) => (tick < 2 ? 10 : 50) },
  );
  expect(ticks).toBe(3);
});

test('a restarted process counts from zero again and takes no errors away', () => {
  let state = newJudge;
  for (const [requests, errors] of [
    [0, 0],
    [100, 50],
    [10, 5],
    [60, 30],
  ] as const) {
    ({ state } = judge(
      state,
      { weight: 10, lastWeight: true, candidate: reading(requests, errors), baseline: null },
      policy,
    ));
  }
  expect(state.candidate).toEqual({ requests: 160, errors: 80 });
});

test('every decision says its figures', () => {
  expect(run(20, { candidate: 0.2, baseline: 0 }).decision.sentence).toBe(
    'errors 20.00 % of 30 requests against 0.00 % of 30, beyond the objective of 5.00 % and worse than the version before',
  );
});
