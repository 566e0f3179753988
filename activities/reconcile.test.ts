import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Decision } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import type { TicketRow } from '../domain/ticket.ts';
import type { CiReading } from '../integrations/ci/port.ts';
import { IntegrationError } from '../integrations/errors.ts';
import type { ForgePort, Review } from '../integrations/forge/port.ts';
import type { TrackerPort } from '../integrations/tracker/port.ts';
import { openWorkshop, type Workshop } from '../test/fixtures/activity-store.ts';
import { HEAD, sampleChange, sampleConfig } from '../test/fixtures/packets.ts';
import { HASH } from '../test/fixtures/tickets.ts';
import { sampleTicket } from '../test/ticket-samples.ts';
import { createReconcileActivities } from './reconcile.ts';

let at: Workshop;
let revision = 1;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());
beforeEach(async () => {
  // Every ticket of an earlier test has ended.
  const { tickets } = await at.store.listTickets({ limit: 1_000, open: true });
  for (const ticket of tickets) await put({ ...ticket, outcome: 'stable' });
});

async function put(more: Partial<TicketRow>): Promise<void> {
  revision += 1;
  await at.store.journal({
    ticket: sampleTicket({ ...more, revision }),
    intervals: [],
    entries: [],
  });
}

const inReview = (key: string, more: Partial<TicketRow> = {}) =>
  put({
    key,
    stage: 'review',
    openGate: { gate: 'review', subject: HASH, pending: ['CI'] },
    changes: [sampleChange()],
    ...more,
  });

const unexpected = async (): Promise<never> => Promise.reject(new Error('not to be called'));
const review = (more: Partial<Review> = {}): Review => ({
  id: '77',
  login: 'Reviewer',
  isBot: false,
  state: 'approved',
  commit: HEAD,
  ...more,
});

interface Play {
  readonly waiting?: readonly string[];
  readonly ci?: CiReading['state'] | ((repository: string) => CiReading['state']);
  readonly reviews?: readonly Review[];
}

/** Runs it once, and answers what the tickets heard. */
async function reconcile({ waiting = [], ci = 'none', reviews = [] }: Play) {
  const started: string[] = [];
  const facts: Fact[] = [];
  const decisions: (Decision & { key: string })[] = [];
  const tracker: TrackerPort = {
    listTickets: async ({ statuses, projects }) => {
      expect({ statuses, projects }).toEqual({ statuses: ['Ready for build'], projects: ['SHOP'] });
      return waiting.map((key) => ({ key, status: 'Ready for build' }));
    },
    readTicket: unexpected,
    comment: unexpected,
    transition: unexpected,
  };
  const forge: ForgePort = {
    listReviews: async () => reviews,
    defaultBranch: unexpected,
    openPullRequest: unexpected,
    readPullRequest: unexpected,
    listAuthors: unexpected,
    comment: unexpected,
    merge: unexpected,
    closePullRequest: unexpected,
  };
  const activities = createReconcileActivities({
    config: sampleConfig(),
    store: at.store,
    tracker,
    forge,
    ci: {
      readChecks: async ({ repository }) => ({
        state: typeof ci === 'function' ? ci(repository) : ci,
        checks: [],
      }),
    },
    door: {
      start: async (key) => void started.push(key),
      report: async (fact) => void facts.push(fact),
      decide: async (key, decision) => void decisions.push({ key, ...decision }),
    },
  });
  const result = await activities.reconcileTickets().catch((error: unknown) => error);
  return { result, started, facts, decisions };
}

test('a ticket in the start status that nobody told of is started; a known one is left alone', async () => {
  await put({ key: 'SHOP-1' });
  await put({ key: 'SHOP-2', outcome: 'cancelled' });
  const { started, result } = await reconcile({ waiting: ['SHOP-1', 'SHOP-2', 'SHOP-3'] });
  expect(started).toEqual(['SHOP-3']);
  expect(result).toEqual({ started: 1, looked: 1 });
});

test.each(['passed', 'failed'] as const)(
  'CI that %s is reported, under an id that counts once',
  async (ci) => {
    await inReview('SHOP-10');
    const fact = {
      kind: 'ci-finished',
      id: `ci/shop/checkout/${HEAD}/${ci}`,
      key: 'SHOP-10',
      repository: 'shop/checkout',
      commit: HEAD,
    };
    expect((await reconcile({ ci })).facts).toEqual([fact]);
  },
);

test.each(['none', 'pending'] as const)('CI that is %s is not reported', async (ci) => {
  await inReview('SHOP-11');
  expect((await reconcile({ ci })).facts).toEqual([]);
});

test('tickets elsewhere and ended tickets are not looked at again', async () => {
  await inReview('SHOP-12', { stage: 'code' });
  await inReview('SHOP-13', { outcome: 'cancelled' });
  expect(await reconcile({ ci: 'passed', reviews: [review()] })).toMatchObject({
    facts: [],
    decisions: [],
  });
});

test('a review of a person on the head commit is that person’s decision', async () => {
  await inReview('SHOP-14');
  const { decisions } = await reconcile({
    reviews: [review(), review({ id: '78', login: 'approver', state: 'changes-requested' })],
  });
  expect(decisions).toEqual([
    {
      key: 'SHOP-14',
      kind: 'approve',
      id: 'github/shop/checkout/review/77',
      by: 'reviewer',
      channel: 'github',
      gate: 'review',
    },
    expect.objectContaining({
      kind: 'reject',
      by: 'approver',
      reason: 'changes requested on GitHub',
    }),
  ]);
});

test.each([
  ['of a bot', review({ isBot: true })],
  ['of a stranger', review({ login: 'stranger' })],
  ['of another commit', review({ commit: 'f'.repeat(40) })],
  ['that only comments', review({ state: 'commented' })],
  ['that was dismissed', review({ state: 'dismissed' })],
])('a review %s decides nothing', async (_what, left) => {
  await inReview('SHOP-15');
  const rejecting =
    left.state === 'approved' ? [{ ...left, state: 'changes-requested' as const }] : [];
  expect((await reconcile({ reviews: [left, ...rejecting] })).decisions).toEqual([]);
});

test.each([
  ['another gate is open', { openGate: { gate: 'release' as const, subject: HASH, pending: [] } }],
  ['no gate is open', { openGate: null }],
])('no review counts while %s', async (_what, more) => {
  await inReview('SHOP-16', more);
  expect((await reconcile({ reviews: [review()] })).decisions).toEqual([]);
});

test('an approval in one of several repositories says nothing about the others; a refusal does', async () => {
  await inReview('SHOP-17', {
    changes: [sampleChange(), sampleChange({ repository: 'shop/pricing', service: 'pricing' })],
  });
  expect((await reconcile({ reviews: [review()] })).decisions).toEqual([]);
  const refused = await reconcile({ reviews: [review({ state: 'changes-requested' })] });
  expect(refused.decisions.map((d) => d.kind)).toEqual(['reject', 'reject']);
});

test('a repository that is gone is told, and does not keep the other tickets waiting', async () => {
  for (const name of ['first', 'gone', 'last'])
    await inReview(`SHOP-${name}`, { changes: [sampleChange({ repository: `shop/${name}` })] });
  const { result, facts } = await reconcile({
    ci: (repository) => {
      if (repository !== 'shop/gone') return 'passed';
      throw new IntegrationError('IntegrationRejected', 'github', 'there is no such repository');
    },
  });
  expect(facts.map((f) => 'repository' in f && f.repository).sort()).toEqual(
    ['shop/first', 'shop/last'].sort(),
  );
  expect(result).toMatchObject({ kind: 'IntegrationRejected' });
});

test('a forge that cannot be reached ends the round: asking on for each ticket would not help', async () => {
  for (const n of [31, 32, 33]) await inReview(`SHOP-${n}`);
  let asked = 0;
  const { result } = await reconcile({
    ci: () => {
      asked += 1;
      throw new IntegrationError('IntegrationUnavailable', 'github', 'is away');
    },
  });
  expect(asked).toBe(1);
  expect(result).toMatchObject({ kind: 'IntegrationUnavailable' });
});

test('more open tickets than fit on a page are all looked at', async () => {
  for (let n = 1; n <= 101; n += 1) await put({ key: `PAGE-${n}`, stage: 'code' });
  expect((await reconcile({})).result).toEqual({ started: 0, looked: 101 });
});
