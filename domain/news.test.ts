import { expect, test } from '@jest/globals';
import { isNews } from './news.ts';
import type { Fact } from './fact.schema.ts';
import type { TicketRow } from './ticket.ts';
import { rowOf } from './ticket-row.ts';
import { entered, sealed, taken, ticketAfter } from '../test/fixtures/tickets.ts';

const statuses = {
  start: 'Ready for build',
  code: 'In Progress',
  review: 'In Review',
  done: 'Done',
};
const change = {
  repository: 'shop/checkout',
  service: 'checkout',
  branch: 'baton/SHOP-1/1',
  baseCommit: 'base',
  headCommit: 'head',
  pullRequest: { number: 1, url: '' },
};
const inCode = rowOf(ticketAfter(taken, sealed, entered('code')));
const inReview = rowOf(
  ticketAfter(
    taken,
    sealed,
    { type: 'changed', changes: [change], authors: [] },
    entered('review'),
  ),
);
const key = 'SHOP-1';
const moved = (from: string, to: string): Fact => ({
  kind: 'ticket-moved',
  id: '1',
  key,
  from,
  to,
  by: null,
});
const pushed = (commit: string): Fact => ({
  kind: 'branch-pushed',
  id: '1',
  key,
  repository: 'shop/checkout',
  branch: change.branch,
  commit,
});
const finished = (commit: string): Fact => ({
  kind: 'ci-finished',
  id: '1',
  key,
  repository: 'Shop/Checkout',
  commit,
});

const edited: Fact = { kind: 'ticket-edited', id: '1', key };

test.each<[string, TicketRow, Fact, boolean]>([
  ['a move forward, as Baton makes them', inCode, moved('Ready for build', 'In Progress'), false],
  [
    'a move over statuses of no stage to the next',
    inCode,
    moved('To Do', 'Ready for build'),
    false,
  ],
  ['a move back', inReview, moved('In Review', 'In Progress'), true],
  ['a move off the way', inReview, moved('In Review', 'Backlog'), true],
  ['an edit', inCode, edited, true],
  ['the push that opened the pull request', inCode, pushed('head'), false],
  ['a push of what is under review', inReview, pushed('head'), false],
  ['a push over what is under review', inReview, pushed('other'), true],
  ['CI of what is under review', inReview, finished('head'), true],
  ['CI of something else', inReview, finished('other'), false],
  ['CI before there is a review', inCode, finished('head'), false],
])('%s', (_what, ticket, fact, news) => {
  expect(isNews(ticket, fact, statuses)).toBe(news);
});
