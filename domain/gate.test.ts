import { expect, test } from '@jest/globals';
import { missingFor, type GateState } from './gate.ts';

const hash = `sha256:${'a'.repeat(64)}`;
const approval = (by: string, contentHash = hash) => ({
  gate: 'review' as const,
  by,
  contentHash,
  channel: 'slack' as const,
  at: '',
});
const gate = (change: Partial<GateState>): GateState => ({
  gate: 'review',
  subject: hash,
  openedAt: 0,
  deadlineAt: null,
  requiredApprovals: 1,
  eligible: ['reviewer', 'approver'],
  pending: [],
  evidence: [{ id: 'ci', result: 'passed', sentence: '' }],
  approvals: [approval('reviewer')],
  ...change,
});

test('evidence and an approval open it', () => {
  expect(missingFor(gate({}))).toEqual([]);
});

test.each(['failed', 'inconclusive', 'not-run'] as const)(
  'a check that is %s keeps it shut',
  (result) => {
    expect(
      missingFor(gate({ evidence: [{ id: 'ci', result, sentence: 'because' }] })),
    ).toMatchObject([{ kind: 'evidence' }]);
  },
);

test.each(['code', 'review', 'verification', 'canary', 'monitoring'] as const)(
  'without a single executed check the %s gate stays shut',
  (name) => {
    expect(missingFor(gate({ gate: name, evidence: [] }))).toEqual([
      { kind: 'evidence', sentence: 'no check was executed' },
    ]);
  },
);

test('checks that others still run keep it shut', () => {
  expect(missingFor(gate({ evidence: [], pending: ['CI'] }))).toEqual([
    { kind: 'pending', checks: ['CI'] },
  ]);
});

test.each([
  ['of other content', [approval('reviewer', `sha256:${'b'.repeat(64)}`)]],
  ['of somebody who may not', [approval('requester')]],
])('an approval %s does not count', (_what, approvals) => {
  expect(missingFor(gate({ approvals }))).toEqual([
    { kind: 'approvals', count: 1, who: ['reviewer', 'approver'] },
  ]);
});

test('one person twice is one approval', () => {
  expect(
    missingFor(
      gate({ requiredApprovals: 2, approvals: [approval('reviewer'), approval('reviewer')] }),
    ),
  ).toEqual([{ kind: 'approvals', count: 1, who: ['approver'] }]);
});
