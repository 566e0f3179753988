import { expect, test } from '@jest/globals';
import { apply, newTicket } from './apply.ts';
import { rowOf } from './ticket-row.ts';
import { waitingFor } from './waiting.ts';
import {
  entered,
  HASH,
  opened,
  PEOPLE,
  sealed,
  START,
  taken,
  ticketAfter,
} from '../test/fixtures/tickets.ts';

test('every millisecond of a ticket is either working or waiting, in exactly one stage', () => {
  const approval = {
    gate: 'spec' as const,
    by: 'reviewer',
    contentHash: HASH,
    channel: 'slack' as const,
    at: '',
  };
  const ended = ticketAfter(
    taken,
    sealed,
    opened('spec'),
    { type: 'handled', id: 'x', receipt: null },
    { type: 'approved', approval },
    { type: 'gatePassed' },
    entered('code'),
    entered('review'),
    { type: 'handedBack' },
    entered('review'),
    { type: 'ended', outcome: 'stable' },
  );
  const counted = ended.intervals.reduce((sum, i) => sum + i.workingMs + i.waitingMs, 0);
  expect(counted).toBe((ended.endedAt ?? 0) - ended.startedAt);
  expect(ended.intervals.map((i) => [i.stage, i.round, i.waitingMs])).toEqual([
    ['spec', 1, 2_000],
    ['code', 1, 0],
    ['review', 1, 0],
    ['code', 2, 0],
    ['review', 2, 0],
  ]);
  for (const [i, interval] of ended.intervals.entries()) {
    expect(interval.startedAt).toBe(ended.intervals[i - 1]?.endedAt ?? ended.startedAt);
  }
});

test('a hand-back starts a new round in code without the changes and approvals of the old one at its gate', () => {
  const change = {
    repository: 'shop/checkout',
    service: 'checkout',
    branch: 'b',
    baseCommit: 'base',
    headCommit: 'h',
    pullRequest: { number: 1, url: '' },
  };
  const back = ticketAfter(
    taken,
    sealed,
    { type: 'changed', changes: [change], authors: ['developer'] },
    opened('review'),
    { type: 'handedBack' },
  );
  expect(back).toMatchObject({ stage: 'code', round: 2, changes: [], gate: null });
});

test('who wrote the change replaces the authors of an earlier round; the requester stays excluded', () => {
  const state = ticketAfter(
    taken,
    { type: 'changed', changes: [], authors: ['developer'] },
    { type: 'changed', changes: [], authors: ['approver'] },
  );
  expect(state.excluded).toEqual([
    { person: 'requester', because: 'requester' },
    { person: 'approver', because: 'author' },
  ]);
});

test('the revision grows with every event, so that the newest row wins', () => {
  const before = newTicket('SHOP-1', START);
  expect(apply(before, { type: 'resumed', at: START }).revision).toBe(before.revision + 1);
});

test('a clock that goes back takes no time away', () => {
  const state = ticketAfter(taken);
  const back = apply(state, { ...entered('code'), at: START - 5_000 });
  expect(back.intervals.every((i) => i.workingMs >= 0)).toBe(true);
});

test.each([
  [
    'an open gate',
    [opened('release', 2)],
    'gate:release',
    'Waiting for 2 approvals by developer, reviewer, approver or operator, because the release gate of a tier 2 ticket needs it (since 2026-11-20 10:03 UTC).',
  ],
  [
    'CI and an approval',
    [opened('review', 1, ['CI of shop/checkout'])],
    'gate:review',
    'Waiting for CI of shop/checkout and for 1 approval by developer, reviewer, approver or operator, because the review gate of a tier 2 ticket needs it (since 2026-11-20 10:03 UTC).',
  ],
  [
    'CI alone',
    [opened('review', 0, ['CI of shop/checkout'])],
    'ci',
    'Waiting for CI of shop/checkout, because the review gate of a tier 2 ticket needs it (since 2026-11-20 10:03 UTC).',
  ],
  [
    'a person who holds it',
    [{ type: 'held', by: 'operator', reason: 'peak hours' } as const],
    'resume',
    'Held by operator: peak hours. Anybody of requester, developer, reviewer, approver or operator can resume it (since 2026-11-20 10:03 UTC).',
  ],
  [
    'missing parts',
    [{ type: 'asked', questions: [{ id: 'goal', text: 'What for?' }] } as const],
    'answers',
    'Waiting for an answer from requester: What for? Nothing is started until then (since 2026-11-20 10:03 UTC).',
  ],
])('the waiting sentence names %s, since when, why and who', (_what, events, what, sentence) => {
  const minutes = [taken, sealed, ...events].reduce(
    (state, event, i) => apply(state, { ...event, at: START + (i + 1) * 60_000 }),
    newTicket('SHOP-1', START),
  );
  expect(waitingFor(minutes)).toMatchObject({ for: what, sentence });
  expect(rowOf(minutes).waiting?.sentence).toBe(sentence);
});

test('a gate held by its deadline says that it is not approved', () => {
  const late = ticketAfter(taken, sealed, opened('release'), {
    type: 'held',
    by: 'deadline',
    reason: 'nobody decided in time about the release gate',
  });
  expect(waitingFor(late)?.sentence).toMatch(
    /^Held, not approved: nobody decided in time about the release gate\. Still waiting for 1 approval/,
  );
  expect(waitingFor(late)?.who).toEqual(PEOPLE.filter((p) => p !== 'requester'));
});

test('nobody waits for a ticket that is being worked on or has ended', () => {
  expect(waitingFor(ticketAfter(taken, sealed, entered('code')))).toBeNull();
  expect(
    waitingFor(ticketAfter(taken, opened('spec'), { type: 'ended', outcome: 'cancelled' })),
  ).toBeNull();
});
