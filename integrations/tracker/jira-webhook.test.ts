import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { fact } from '../../domain/fact.schema.ts';
import { parse, verify } from './jira-webhook.ts';

const SECRET = "It's a Secret to Everybody";
const sign = (body: Buffer, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const delivery = (payload: unknown) => Buffer.from(JSON.stringify(payload));
const headers = { 'x-atlassian-webhook-identifier': 'd-1' };

const STATUS = {
  field: 'status',
  fieldtype: 'jira',
  fieldId: 'status',
  from: '10000',
  fromString: 'To Do',
  to: '10001',
  toString: 'Ready for build',
};
const updated = (items: readonly object[], more: object = {}) =>
  delivery({
    timestamp: 1_795_168_800_000,
    webhookEvent: 'jira:issue_updated',
    user: { accountId: 'acc-requester', displayName: 'Requester' },
    issue: { id: '10001', key: 'SHOP-1', fields: { summary: 'x', comment: { total: 3 } } },
    changelog: { id: '1', items },
    ...more,
  });

test('a signature of Atlassian’s own example is genuine', () => {
  // "Webhooks" of the Jira Cloud platform's documentation: secret, payload and signature.
  const expected = 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
  expect(verify(Buffer.from('Hello World!'), { 'x-hub-signature': expected }, SECRET)).toBe(true);
});

test('another secret, another body, another method, half a signature: not genuine', () => {
  const body = updated([STATUS]);
  const good = sign(body);
  const check = (signature: string | undefined, raw = body, secret = SECRET) =>
    verify(raw, { 'x-hub-signature': signature }, secret);
  expect(check(good)).toBe(true);
  expect(check(good, Buffer.concat([body, Buffer.from(' ')]))).toBe(false);
  expect(check(sign(body, 'other'))).toBe(false);
  expect(check(good.replace('sha256', 'sha1'))).toBe(false);
  expect(check(good.slice(0, -2))).toBe(false);
  expect(check(`${good}=${good}`)).toBe(true); // the header's first value is what counts
  expect(check('sha256=')).toBe(false);
  expect(check(undefined)).toBe(false);
  expect(check(sign(body, ''), body, '')).toBe(false);
});

test('a transition is a fact, with who and from where', () => {
  const reading = parse(updated([STATUS]), headers);
  expect(reading).toEqual({
    kind: 'read',
    deliveryId: 'd-1',
    items: [
      {
        kind: 'fact',
        fact: {
          kind: 'ticket-moved',
          id: 'jira/d-1/moved/0',
          key: 'SHOP-1',
          from: 'To Do',
          to: 'Ready for build',
          by: 'acc-requester',
        },
      },
    ],
  });
});

test('an item without a value of its own for toString is no function’s name', () => {
  const reading = parse(updated([{ field: 'status', fromString: 'To Do' }]), headers);
  expect(reading).toMatchObject({ items: [{ fact: { to: '' } }] });
});

test('a new description and title are one edit; a status beside them is told apart', () => {
  const edited = [
    { field: 'description', toString: 'new' },
    { field: 'summary', toString: 'n' },
  ];
  const reading = parse(updated([STATUS, ...edited]), headers);
  if (reading.kind !== 'read') throw new Error('malformed');
  const facts = reading.items.flatMap((item) => (item.kind === 'fact' ? [item.fact] : []));
  expect(facts.map(({ kind, id }) => [kind, id])).toEqual([
    ['ticket-moved', 'jira/d-1/moved/0'],
    ['ticket-edited', 'jira/d-1/edited'],
  ]);
  for (const one of facts) expect(fact.safeParse(one).success).toBe(true);
});

test.each([
  ['labels', updated([{ field: 'labels', toString: 'tier-3' }])],
  ['a comment', delivery({ webhookEvent: 'comment_created', comment: { id: '1' }, issue: {} })],
  ['an event nobody knows', delivery({ webhookEvent: 'jira:moon_landing' })],
  ['no changelog', updated([], { changelog: undefined })],
])('%s: genuine, and not used', (_, body) => {
  expect(parse(body, headers)).toEqual({ kind: 'read', deliveryId: 'd-1', items: [] });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half of it', updated([STATUS]).subarray(0, 40)],
  ['no JSON', Buffer.from('webhookEvent=jira:issue_updated')],
  ['no object', Buffer.from('"jira:issue_updated"')],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b])],
  ['no event', delivery({ issue: {} })],
  ['a key that is none', updated([STATUS], { issue: { key: '../SHOP-1' } })],
  [
    'items that are none',
    delivery({
      webhookEvent: 'jira:issue_updated',
      issue: { key: 'SHOP-1' },
      changelog: { items: [1] },
    }),
  ],
])('%s is malformed', (_, body) => {
  expect(parse(body, headers)).toEqual({ kind: 'malformed' });
});

test('without an identifier the body names the delivery; an endless one is not kept', () => {
  const body = updated([STATUS]);
  const reading = parse(body, {});
  expect(reading).toMatchObject({ deliveryId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect(parse(body, { 'x-atlassian-webhook-identifier': 'x'.repeat(5_000) })).toEqual(reading);
});
