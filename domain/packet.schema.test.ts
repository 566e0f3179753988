import { describe, expect, test } from '@jest/globals';
import {
  criterion as aCriterion,
  evidence,
  proofOf,
  sampleChange,
  samplePacket,
  sampleRelease,
} from '../test/fixtures/packets.ts';
import { handoffs, packet as packetSchema, type Packet } from './packet.schema.ts';
import { STAGES, type Stage } from './stages.ts';

const rollout = (verdict: 'promoted' | 'rolled-back') => ({
  round: 1,
  verdict,
  sentence: 's',
  steps: 1,
  ticks: 1,
  restored: [],
});

/** What each stage must add, done well. */
const additions: Record<Stage, Partial<Packet>> = {
  spec: {},
  code: { changes: [sampleChange()] },
  review: { changes: [sampleChange()], review: [evidence()] },
  verification: {
    verification: { evidence: [proofOf('AC-1'), proofOf('AC-2')], rollbackMs: 900 },
    release: { before: [sampleRelease()], after: [sampleRelease()] },
  },
  canary: { rollouts: [rollout('rolled-back'), rollout('promoted')] },
  monitoring: { soak: { evidence: [evidence()] } },
};
const faultsOf = (stage: Stage, more: Partial<Packet>) => {
  const parsed = handoffs[stage].safeParse(samplePacket({ ...additions[stage], ...more }));
  return parsed.success
    ? []
    : parsed.error.issues.map((i) => [i.path.join('.'), i.message].filter(Boolean).join(': '));
};

test.each(STAGES)('what %s adds, done well, is handed over', (stage) => {
  expect(faultsOf(stage, {})).toEqual([]);
});

test.each(STAGES.slice(1))('%s that added nothing is refused', (stage) => {
  expect(handoffs[stage].safeParse(samplePacket()).success).toBe(false);
});

const failed = evidence({ result: 'failed' });
const cases: [Stage, string, Partial<Packet>, RegExp][] = [
  [
    'code',
    'a change nobody tested',
    { changes: [sampleChange({ evidence: [] })] },
    /^changes\.0\.evidence/,
  ],
  [
    'review',
    'CI that failed',
    { review: [evidence(), failed] },
    /^review: review: every check must have passed/,
  ],
  [
    'review',
    'CI that did not run',
    { review: [evidence({ result: 'not-run', artifact: null })] },
    /every check must have passed/,
  ],
  [
    'review',
    'an inconclusive check',
    { review: [evidence({ result: 'inconclusive' })] },
    /every check must have passed/,
  ],
  ['review', 'no check', { review: [] }, /^review/],
  [
    'verification',
    'no checks',
    { verification: { evidence: [], rollbackMs: 1 } },
    /^verification\.evidence/,
  ],
  [
    'verification',
    'a check that failed',
    { verification: { evidence: [proofOf('AC-1'), proofOf('AC-2'), failed], rollbackMs: 1 } },
    /^verification\.evidence\.2\.result/,
  ],
  [
    'verification',
    'a criterion without a check',
    { verification: { evidence: [proofOf('AC-1')], rollbackMs: 1 } },
    /no executed check for AC-2$/,
  ],
  [
    'verification',
    'checks of something else',
    { verification: { evidence: [evidence()], rollbackMs: 1 } },
    /no executed check for AC-1, AC-2$/,
  ],
  [
    'verification',
    'no rehearsed way back',
    { verification: { evidence: [proofOf('AC-1'), proofOf('AC-2')], rollbackMs: null } },
    /^verification\.rollbackMs/,
  ],
  [
    'verification',
    'no state to go back to',
    { release: { before: [], after: [sampleRelease()] } },
    /^release\.before/,
  ],
  [
    'verification',
    'nothing to release',
    { release: { before: [sampleRelease()], after: [] } },
    /^release\.after/,
  ],
  [
    'canary',
    'a rollback',
    { rollouts: [rollout('promoted'), rollout('rolled-back')] },
    /last rollout must have been promoted/,
  ],
  [
    'monitoring',
    'a soak that was not clean',
    { soak: { evidence: [failed] } },
    /^soak\.evidence\.0\.result/,
  ],
  ['monitoring', 'a soak nobody watched', { soak: { evidence: [] } }, /^soak\.evidence/],
];

test.each(cases)('%s with %s is refused, and the fault is named', (stage, _what, more, fault) => {
  expect(faultsOf(stage, more).join('\n')).toMatch(fault);
});

test('a criterion whose check did not run is not proved by the word of it', () => {
  const evidenceOfTwo = [proofOf('AC-1'), proofOf('AC-2', { result: 'not-run', artifact: null })];
  expect(
    faultsOf('verification', { verification: { evidence: evidenceOfTwo, rollbackMs: 1 } }),
  ).not.toEqual([]);
});

describe('every packet', () => {
  test.each<[string, object]>([
    ['a field nobody knows', { verdict: 'fine' }],
    ['a format nobody knows', { format: 'baton-packet/2' }],
    ['no criteria', { criteria: [] }],
    ['a criterion without a Then', { criteria: [{ ...aCriterion(), then: [] }] }],
    ['an id that is none', { criteria: [{ ...aCriterion(), id: 'AC-0' }] }],
    ['an empty goal', { intent: { goal: '', user: 'u', why: 'w' } }],
    ['a tier nobody knows', { tier: { value: 4, reasons: ['x'] } }],
    ['a tier without a reason', { tier: { value: 2, reasons: [] } }],
    ['no service', { services: [] }],
    ['version zero', { version: 0 }],
    ['a previous packet that is no hash', { previous: 'v1' }],
    ['a time that is none', { sealedAt: 'yesterday' }],
    [
      'an approval of nothing',
      { approvals: [{ gate: 'spec', by: 'x', channel: 'slack', at: '2026-11-20T10:00:00.000Z' }] },
    ],
  ])('with %s is refused', (_what, more) => {
    expect(packetSchema.safeParse({ ...samplePacket(), ...more }).success).toBe(false);
  });
});
