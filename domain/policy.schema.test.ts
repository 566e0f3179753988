import { expect, test } from '@jest/globals';
import { duration, policy } from './policy.schema.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['15m', 900_000],
  ['72h', 259_200_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('%s is %i milliseconds', (text, ms) => {
  expect(duration.parse(text)).toBe(ms);
});

test.each(['90', '90 s', '-5m', '1.5h', '1w', 's', '', '1h30m', '5M', 90])(
  '%j is no duration',
  (text) => {
    expect(duration.safeParse(text).success).toBe(false);
  },
);

test('without a word about it, everybody asks one person, and tier 3 asks two before a release', () => {
  const { approvals, maxRounds, isolation } = policy.parse({});
  expect(approvals).toEqual({
    spec: [1, 1, 1, 1],
    review: [1, 1, 1, 1],
    release: [1, 1, 1, 2],
  });
  expect({ maxRounds, isolation }).toEqual({ maxRounds: 3, isolation: 'bubblewrap' });
});

test('defaults are parsed as well: durations are milliseconds', () => {
  const parsed = policy.parse({ deadlines: { decision: '2s' } });
  expect(parsed.deadlines).toEqual({
    answers: 86_400_000,
    decision: 2_000,
    ci: 7_200_000,
    inconclusive: 1_800_000,
  });
  expect(parsed.soak.duration).toBe(259_200_000);
});

test.each([
  ['an unknown key', { aproval: {} }],
  ['an unknown deadline', { deadlines: { decisions: '1h' } }],
  ['too few tiers', { approvals: { release: [1, 1, 1] } }],
  ['a negative number of approvals', { approvals: { release: [1, 1, 1, -1] } }],
  ['half an approval', { approvals: { release: [1, 1, 1, 0.5] } }],
  ['no round at all', { maxRounds: 0 }],
  ['a weight of nothing', { rollout: { weights: [0] } }],
  ['a weight beyond everything', { rollout: { weights: [101] } }],
  ['no weights', { rollout: { weights: [] } }],
  ['an error rate beyond one', { rollout: { maxErrorRate: 1.1 } }],
  ['no ticks', { rollout: { minTicks: 0 } }],
  ['an isolation nobody knows', { isolation: 'chroot' }],
])('%s is refused', (_what, given) => {
  expect(policy.safeParse(given).success).toBe(false);
});
