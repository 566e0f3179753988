import { describe, expect, test } from '@jest/globals';
import {
  evidence,
  proofOf,
  sampleChange,
  samplePacket,
  sampleRelease,
} from '../test/fixtures/packets.ts';
import {
  entered,
  HASH,
  opened,
  OTHER_HASH,
  sealed,
  START,
  taken,
  ticketAfter,
} from '../test/fixtures/tickets.ts';
import { sampleInterval, sampleTicket } from '../test/ticket-samples.ts';
import type { Card } from './card.ts';
import { cardOf, pullRequestCard, seconds, type Notice } from './cards.ts';
import { rowOf } from './ticket-row.ts';
import type { DecidedGate } from './stages.ts';

const textOf = (card: Card) => JSON.stringify(card);
const approval = (by: string, contentHash = HASH) => ({
  gate: 'release' as const,
  by,
  contentHash,
  channel: 'slack' as const,
  at: new Date(START).toISOString(),
});
const packet = samplePacket({
  changes: [sampleChange()],
  verification: {
    evidence: [proofOf('AC-1'), proofOf('AC-2', { result: 'failed' })],
    rollbackMs: 850,
  },
  release: { before: [sampleRelease()], after: [sampleRelease()] },
});
const atGate = (gate: DecidedGate) =>
  rowOf(ticketAfter(taken, sealed, ...(gate === 'spec' ? [] : [entered('review')]), opened(gate)));

const notices: Notice[] = [
  { kind: 'started' },
  { kind: 'missing' },
  { kind: 'gate', gate: 'spec' },
  { kind: 'gate', gate: 'review' },
  { kind: 'gate', gate: 'release' },
  { kind: 'gate-closed', gate: 'review', how: 'review passed' },
  { kind: 'released' },
  { kind: 'handed-back', from: 'canary', reason: 'errors', evidence: [evidence()] },
  { kind: 'held', reason: 'the cluster is away' },
  { kind: 'done', intervals: [sampleInterval({ workingMs: 5_000, waitingMs: 65_000 })] },
  { kind: 'cancelled', undone: ['Pull request closed'] },
];

describe.each([
  ['before the first packet', null],
  ['with a packet', packet],
])('%s', (_when, known) => {
  test.each(notices)('$kind renders: title, parts, and no hole in any text', (notice) => {
    const card = cardOf(notice, sampleTicket({ approvals: [approval('approver')] }), known);
    expect(card.title).not.toBe('');
    expect(textOf(card)).not.toMatch(/undefined|NaN|\[object|null,null/);
  });
});

test.each<DecidedGate>(['spec', 'review', 'release'])(
  'the card of the %s gate says what the row waits for, word for word, and what an approval covers',
  (gate) => {
    const row = atGate(gate);
    const card = cardOf({ kind: 'gate', gate }, row, packet);
    expect(row.waiting?.sentence).toContain('approval');
    expect(card.footer).toContain(row.waiting?.sentence);
    expect(card.footer).toContain(`(${HASH.slice(7, 15)})`);
    expect(card.footer).toContain('never approved');
    expect(card.actions.map((a) => [a.decision, a.label, a.about])).toEqual([
      ['approve', `Approve ${gate}`, { key: 'SHOP-1', gate, subject: HASH }],
      ['reject', 'Reject with reason', { key: 'SHOP-1', gate, subject: HASH }],
      ['hold', 'Hold', { key: 'SHOP-1', gate: null, subject: null }],
    ]);
  },
);

test('held and missing end with the row’s own waiting sentence', () => {
  const held = rowOf(ticketAfter(taken, { type: 'held', by: 'operator', reason: 'a freeze' }));
  expect(held.waiting).not.toBeNull();
  expect(cardOf({ kind: 'held', reason: 'x' }, held, null).footer).toBe(held.waiting?.sentence);
  const questions = [{ id: 'goal', text: 'What is to be different?' }];
  const asked = rowOf(ticketAfter(taken, { type: 'asked', questions }));
  const card = cardOf({ kind: 'missing' }, asked, null);
  expect(card.footer).toBe(asked.waiting?.sentence);
  expect(card.title).toBe('SHOP-1 needs 1 thing before anything starts');
  expect(textOf(card)).toContain('goal: What is to be different?');
});

test('what was answered is not asked for again', () => {
  const questions = [
    { id: 'goal', text: 'g', askedAt: 1, answer: { value: 'x', by: 'requester', at: 2 } },
    { id: 'why', text: 'w', askedAt: 1, answer: null },
    { id: 'user', text: 'u', askedAt: 1, answer: null },
  ];
  const card = cardOf({ kind: 'missing' }, sampleTicket({ questions }), null);
  expect(card.title).toContain('2 things');
  expect(card.parts[0]).toEqual({ kind: 'list', items: ['why: w', 'user: u'] });
});

test('a closed gate has no buttons any more', () => {
  const notice = { kind: 'gate-closed', gate: 'release', how: 'held' } as const;
  expect(cardOf(notice, atGate('release'), packet)).toMatchObject({
    title: 'SHOP-1: held',
    actions: [],
  });
});

test('the release card says what is proven of what is required, and how long the way back takes', () => {
  const text = textOf(cardOf({ kind: 'gate', gate: 'release' }, atGate('release'), packet));
  expect(text).toContain('Proven: 1 of 2 required checks · rollback rehearsed in 850 ms');
  expect(text).toContain('failed · AC-2');
  expect(text).toContain('checkout@bbbbbbbb');
});

test('a released card names who approved exactly this content, and nobody else', () => {
  const approvals = [approval('requester', OTHER_HASH), approval('reviewer'), approval('approver')];
  const card = cardOf({ kind: 'released' }, sampleTicket({ approvals }), packet);
  expect(card.title).toBe('Release of SHOP-1 approved by reviewer and approver');
  expect(card.footer).toBe(`Content ${HASH}`);
});

test('hostile text stays text: it becomes no part, no link and no button, and escaping is the adapters’', () => {
  const hostile = '<!channel> [x](http://evil) {html} *b* @everyone <script>';
  const words = samplePacket({
    ticket: { key: 'SHOP-1', title: hostile, url: 'http://jira.example' },
    intent: { goal: hostile, user: hostile, why: hostile },
    changes: [sampleChange()],
  });
  const row = { ...atGate('review'), title: hostile };
  for (const notice of notices) {
    const card = cardOf(notice, row, words);
    const links = card.parts.flatMap((p) => (p.kind === 'link' ? [p.url] : []));
    expect(links.filter((url) => url.includes('evil'))).toEqual([]);
    expect(textOf({ ...card, parts: [] })).not.toContain('evil');
    for (const part of card.parts)
      if (part.kind === 'text') expect(part.text).not.toContain('evil');
  }
  const review = cardOf({ kind: 'gate', gate: 'review' }, row, words);
  expect(review.parts).toContainEqual({ kind: 'quote', text: hostile });
});

test('what a button carries fits into Slack’s 2,000 characters, however long the ticket is', () => {
  const long = 'x'.repeat(50_000);
  for (const notice of notices) {
    const { actions } = cardOf(notice, { ...atGate('review'), title: long }, packet);
    for (const { about, label } of actions) {
      expect(JSON.stringify(about).length).toBeLessThan(2_000);
      expect(label.length).toBeLessThanOrEqual(75);
    }
  }
});

test('titles hold no text of others, so their length is known', () => {
  const row = { ...atGate('review'), title: 'x'.repeat(50_000) };
  for (const notice of notices) expect(cardOf(notice, row, packet).title.length).toBeLessThan(150);
});

test.each([
  ['canary', 'SHOP-1 was rolled back'],
  ['monitoring', 'SHOP-1 was rolled back'],
  ['review', 'SHOP-1 comes back from review'],
] as const)('what comes back from %s is called "%s", with its evidence', (from, title) => {
  const notice: Notice = {
    kind: 'handed-back',
    from,
    reason: 'r',
    evidence: [evidence({ result: 'failed' })],
  };
  const card = cardOf(notice, sampleTicket({ round: 2 }), packet);
  expect(card.title).toBe(title);
  expect(card.parts).toContainEqual({ kind: 'list', items: ['failed · whole suite: passed'] });
  expect(card.footer).toContain('round 2');
});

test('a ticket cancelled before it did anything says so', () => {
  expect(textOf(cardOf({ kind: 'cancelled', undone: [] }, sampleTicket(), null))).toContain(
    'It had left nothing outside.',
  );
});

test('the last card adds up where the time went', () => {
  const intervals = [
    sampleInterval({ stage: 'spec', workingMs: 1_000, waitingMs: 60_000 }),
    sampleInterval({ stage: 'code', round: 2, workingMs: 2_000, waitingMs: 500 }),
  ];
  const rollouts = [
    { round: 1, verdict: 'promoted' as const, steps: 4, ticks: 12, sentence: 'fine' },
  ];
  const text = textOf(cardOf({ kind: 'done', intervals }, sampleTicket({ rollouts }), packet));
  expect(text).toContain('Working 3 s · waiting 1 min 1 s (longest: spec, 1 min 0 s)');
  expect(text).toContain('code (round 2): working 2 s, waiting 500 ms');
  expect(text).toContain('Rollout promoted after 4 steps and 12 ticks: fine');
});

test('the text of a pull request has criteria, proof, assumptions and what came back before', () => {
  const card = pullRequestCard(
    samplePacket({
      assumptions: [{ statement: 'Prices are gross', owner: 'requester' }],
      handBacks: [{ round: 1, from: 'canary', reason: 'errors', evidence: [] }],
    }),
    sampleChange(),
  );
  const text = textOf(card);
  expect(card.parts[0]).toEqual({
    kind: 'link',
    label: 'SHOP-1',
    url: 'http://jira.example/browse/SHOP-1',
  });
  expect(text).toContain('AC-2 ships free');
  expect(text).toContain('passed · tests fail before');
  expect(text).toContain('Prices are gross (requester)');
  expect(text).toContain('Round 1 came back from canary: errors');
  expect(card.actions).toEqual([]);
});

test.each([
  [0, '0 ms'],
  [850.4, '850 ms'],
  [1_000, '1 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [230_000, '3 min 50 s'],
  [7_500_000, '2 h 5 min'],
  [360_000_000, '100 h 0 min'],
])('%d ms reads %s', (ms, text) => {
  expect(seconds(ms)).toBe(text);
});
