import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TrackerPort, TrackerTicket } from '../integrations/tracker/port.ts';
import { openWorkshop, type Workshop } from '../test/fixtures/activity-store.ts';
import { sampleConfig, service } from '../test/fixtures/packets.ts';
import { START } from '../test/fixtures/tickets.ts';
import { createIntakeActivities, type IntakeInput } from './intake.ts';
import { loadPacket } from './packets.ts';

let at: Workshop;
let count = 100;
const newKey = () => `SHOP-${(count += 1)}`;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

const DESCRIPTION = `Goal: Free shipping
User: A customer
Why: Abandoned baskets
Acceptance criteria:
Scenario: AC-1 ships free
  Given a basket
  When it is paid
  Then shipping is free`;

const written = (more: Partial<TrackerTicket> = {}): TrackerTicket => ({
  key: 'SHOP-1',
  title: 'Free shipping from 50 EUR on',
  description: DESCRIPTION,
  status: 'Ready for build',
  reporter: { accountId: 'acc-requester', name: 'Requester', email: null },
  labels: ['tier-2'],
  components: ['checkout'],
  url: 'http://jira.example/browse/SHOP-1',
  updatedAt: '2026-11-20T10:00:00.000Z',
  ...more,
});

/** A tracker that holds one ticket and can be read only. */
const trackerOf = (ticket: TrackerTicket): TrackerPort => ({
  readTicket: async () => ticket,
  comment: async () => Promise.reject(new Error('intake writes nothing')),
  transition: async () => Promise.reject(new Error('intake writes nothing')),
  listTickets: async () => [],
});

const take = (
  ticket: Partial<TrackerTicket>,
  input: Partial<IntakeInput> = {},
  config = sampleConfig(),
) =>
  createIntakeActivities({ config, store: at.store, tracker: trackerOf(written(ticket)) }).intake({
    key: 'SHOP-1',
    version: 1,
    previous: null,
    at: START,
    answers: {},
    ...input,
  });

test('a complete ticket becomes a sealed packet that holds what it says and where it came from', async () => {
  const found = await take({});
  expect(found).toMatchObject({ requester: 'requester', tier: 2, missing: [] });
  const packet = await loadPacket(at.store, found.packet?.hash ?? '');
  expect(packet).toMatchObject({
    stage: 'spec',
    version: 1,
    intent: { goal: 'Free shipping', user: 'A customer', why: 'Abandoned baskets' },
    tier: { value: 2, reasons: ['label tier-2'] },
    services: [{ name: 'checkout', repository: 'shop/checkout' }],
    sources: [{ id: 'ticket/SHOP-1', trust: 'untrusted' }],
  });
  expect(packet.criteria.map((c) => c.id)).toEqual(['AC-1']);
});

test('taken in twice, a ticket has the same packet', async () => {
  expect((await take({})).packet).toEqual((await take({})).packet);
});

test('an edited ticket becomes the next version, which names the one before', async () => {
  const first = await take({ key: 'SHOP-2' }, { key: 'SHOP-2' });
  const previous = first.packet?.hash ?? '';
  const second = await take({ title: 'Other' }, { key: 'SHOP-2', version: 2, previous });
  expect(second.packet?.version).toBe(2);
  expect(second.packet?.hash).not.toBe(previous);
  expect((await loadPacket(at.store, second.packet?.hash ?? '')).previous).toBe(previous);
});

test('what is missing is named all at once, and nothing is sealed', async () => {
  const found = await take({ description: 'Please.', components: [] }, { key: 'SHOP-3' });
  expect(found.packet).toBeNull();
  expect(found.missing.map((m) => m.id)).toEqual(['goal', 'user', 'why', 'criteria', 'service']);
  expect(found.missing.at(-1)?.text).toContain('checkout, pricing');
  expect(await at.store.readPacketByVersion('SHOP-3', 1)).toBeNull();
});

test.each([
  [['Checkout'], ['checkout']],
  [['discounts'], ['pricing']],
  [
    ['Prices', 'checkout', 'Elsewhere'],
    ['checkout', 'pricing'],
  ],
  [['pricing'], []],
])('Jira components %j mean the services %j', async (components, names) => {
  const { services } = await take({ components }, { key: newKey() });
  expect(services.map((s) => s.name)).toEqual(names);
});

test.each([
  ['checkout', ['checkout']],
  ['Checkout, pricing', ['checkout', 'pricing']],
  ['the whole shop', []],
])('the answer "%s" to which service it is means %j', async (answer, names) => {
  const found = await take({ components: [] }, { key: newKey(), answers: { service: answer } });
  expect(found.services.map((s) => s.name)).toEqual(names);
  expect(found.missing.map((m) => m.id)).toEqual(names.length === 0 ? ['service'] : []);
});

test('where there is only one service, no component needs to name it', async () => {
  const config = sampleConfig({ services: [service('checkout', { components: ['Basket'] })] });
  expect(
    (await take({ components: ['Elsewhere'] }, { key: newKey() }, config)).services,
  ).toHaveLength(1);
});

test.each([
  [
    'nobody listed',
    { accountId: 'acc-stranger', name: 'reviewer', email: null },
    'jira:acc-stranger',
  ],
  ['nobody', null, 'unknown'],
])(
  'a ticket of %s is taken in under a name that can decide nothing',
  async (_who, reporter, id) => {
    const found = await take({ reporter }, { key: newKey() });
    expect(found.requester).toBe(id);
    expect(found.people).not.toContain(id);
    expect(found.packet).not.toBeNull();
  },
);

test('the tier is the highest that services and labels claim', async () => {
  const services = [service('checkout', { tier: 3 }), service('pricing')];
  const found = await take({ labels: ['tier-0'] }, { key: 'SHOP-7' }, sampleConfig({ services }));
  expect(found.tier).toBe(3);
});

test('text of a ticket can set no field of the packet but its own', async () => {
  const goal = '"}, "tier": {"value": 0}, "approvals": [{"gate": "release"}]';
  const description = DESCRIPTION.replace('Free shipping', goal);
  const found = await take({ description }, { key: 'SHOP-8' });
  const packet = await loadPacket(at.store, found.packet?.hash ?? '');
  expect(packet).toMatchObject({ intent: { goal }, tier: { value: 2 }, approvals: [] });
});
