import { describe, expect, test } from '@jest/globals';
import { entryLine, summaryLines } from './demo-lines.ts';
import { lasting } from './plain-text.ts';
import { findScenarios, type TicketOutcome } from './scenarios.ts';

const STARTED = Date.parse('2026-11-20T10:00:00.000Z');
const HASH = `sha256:${'a'.repeat(64)}`;

const entry = (kind: string, text: string, actor = 'baton') => ({
  sequence: 1,
  id: 'x',
  at: new Date(STARTED + 12_340).toISOString(),
  ticket: 'SHOP-1',
  kind,
  actor,
  text,
  data: {},
  previousHash: HASH,
  hash: HASH,
});

describe('a line of the demo', () => {
  test.each([
    [entry('handoff', 'Handoff spec → code'), '  12.3 s  handoff   Handoff spec → code'],
    [entry('effect', 'Pull request opened'), '  12.3 s  outside   Pull request opened'],
    [
      entry('decision', 'Gate spec approved', 'reviewer'),
      '  12.3 s  decision  Gate spec approved (reviewer)',
    ],
    [
      entry('decision', 'Approved by reviewer', 'reviewer'),
      '  12.3 s  decision  Approved by reviewer',
    ],
    [entry('note', 'Read the ticket'), '  12.3 s            Read the ticket'],
  ])('says when, what kind and by whom: %#', (what, line) => {
    expect(entryLine(what, STARTED)).toBe(line);
  });

  test('text of others stays one line of text', () => {
    const evil = 'done\n   99.9 s  end       all \u001b[2J\u202eelbats';
    const line = entryLine(entry('note', evil), STARTED);
    expect(line).toBe('  12.3 s            done    99.9 s  end       all  [2J elbats');
  });
});

const TICKET: TicketOutcome = {
  key: 'SHOP-1',
  outcome: 'stable',
  stages: [
    { stage: 'spec', round: 1, startedAt: '', endedAt: '', workingMs: 1_600, waitingMs: 700 },
    { stage: 'code', round: 1, startedAt: '', endedAt: '', workingMs: 103_000, waitingMs: 0 },
  ],
  packet: { version: 7, hash: HASH },
  approvals: ['spec', 'review', 'release'].map((gate) => ({
    gate,
    by: 'reviewer',
    contentHash: HASH,
    channel: 'slack',
  })),
  rollouts: [{ round: 1, verdict: 'promoted', steps: 2, ticks: 7 }],
  effects: [{ system: 'github', kind: 'pull', key: 'shop/checkout/pull/1/opened', count: 1 }],
  historyEvents: 317,
};

test('the summary says where the time went, who decided, what the canary said', () => {
  const verdicts = [{ round: 1, verdict: 'rolled-back', sentence: 'errors 4.35 % of 23 requests' }];
  const lines = summaryLines({ ticket: TICKET, title: 'Free shipping', faults: [], verdicts });
  expect(lines).toEqual([
    '',
    'SHOP-1 "Free shipping": stable',
    '',
    '  stage         round     working     waiting',
    '  spec              1       1.6 s       0.7 s',
    '  code              1    1 m 43 s       0.0 s',
    '  together               1 m 45 s       0.7 s',
    '',
    '  approved by  spec: reviewer (slack), review: reviewer (slack), release: reviewer (slack)',
    '  canary 1     rolled back: errors 4.35 % of 23 requests',
    '  outside      1 effects, each exactly once',
    '  history      317 events in Temporal',
  ]);
});

test.each([
  [400, '0.4 s'],
  [62_140, '62.1 s'],
  [185_000, '3 m 05 s'],
  [7_800_000, '2 h 10 m'],
])('%d ms last %s', (ms, text) => {
  expect(lasting(ms)).toBe(text);
});

describe('a scenario is judged by its outcome', () => {
  const [happy] = findScenarios('happy') ?? [];
  const [rollback] = findScenarios('canary-rollback') ?? [];

  test('as it should be: nothing to say', () => {
    expect(happy?.faults(TICKET)).toEqual([]);
  });

  test.each<[string, Partial<TicketOutcome>, string]>([
    [
      'a ticket that did not end',
      { outcome: null },
      'SHOP-1 should have become stable, but is not at its end',
    ],
    [
      'an approval that is missing',
      { approvals: TICKET.approvals.slice(1) },
      'nobody approved gate spec',
    ],
    [
      'an effect that came twice',
      { effects: TICKET.effects.map((effect) => ({ ...effect, count: 2 })) },
      'github shop/checkout/pull/1/opened came about 2 times',
    ],
    [
      'no rollout',
      { rollouts: [] },
      'the rollouts should have ended promoted, but ended before they began',
    ],
  ])('%s is a fault', (_, change, fault) => {
    expect(happy?.faults({ ...TICKET, ...change })).toEqual([fault]);
  });

  test('a canary that was promoted at once is not a rollback', () => {
    expect(rollback?.faults(TICKET)).toEqual([
      'the rollouts should have ended rolled-back, then promoted, but ended promoted',
    ]);
  });

  test('all is every scenario; an unknown name is none', () => {
    expect(findScenarios('all')?.map(({ name }) => name)).toContain('happy');
    expect(findScenarios('fly')).toBeUndefined();
  });
});
