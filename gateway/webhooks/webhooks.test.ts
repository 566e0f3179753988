import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ChangeRef } from '../../domain/ticket.ts';
import {
  closeStore,
  openStore,
  SECRETS,
  startGateway,
  until,
  type GatewayOptions,
  type GatewayUnderTest,
} from '../../test/gateway-under-test.ts';
import { refusal } from '../../test/fake-temporal.ts';
import { sampleTicket } from '../../test/ticket-samples.ts';

let gateway: GatewayUnderTest;
beforeAll(openStore, 60_000);
afterEach(() => gateway.close());
afterAll(closeStore);

const HEAD = 'a'.repeat(40);
const OTHER = 'c'.repeat(40);
const sign = (secret: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

async function start(options?: GatewayOptions): Promise<GatewayUnderTest> {
  gateway = await startGateway(options);
  return gateway;
}

interface Sent {
  readonly id?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}

function jira(
  body: unknown,
  { id = 'j-1', secret = SECRETS.JIRA_WEBHOOK_SECRET, headers }: Sent = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${gateway.url}/webhooks/jira`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-atlassian-webhook-identifier': id,
      'x-hub-signature': sign(secret, text),
      ...headers,
    },
  });
}

function github(event: string, body: unknown, { id = 'g-1', secret, headers }: Sent = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${gateway.url}/webhooks/github`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': sign(secret ?? SECRETS.GITHUB_WEBHOOK_SECRET, text),
      ...headers,
    },
  });
}

const moved = (to = 'Ready for build', key = 'SHOP-1', timestamp = 1_700_000_000_000) => ({
  timestamp,
  webhookEvent: 'jira:issue_updated',
  user: { accountId: 'acc-requester' },
  issue: { id: '10001', key, fields: { summary: 'Free shipping' } },
  changelog: {
    id: '1',
    items: [{ field: 'status', from: '1', fromString: 'To Do', to: '2', toString: to }],
  },
});

const reviewed = (change: Record<string, unknown> = {}, repository = 'shop/checkout') => ({
  action: 'submitted',
  repository: { full_name: repository },
  pull_request: { number: 7, head: { ref: 'baton/SHOP-1/1', sha: HEAD } },
  review: {
    id: 80,
    state: 'approved',
    commit_id: HEAD,
    body: 'fine',
    user: { login: 'Reviewer', type: 'User' },
    ...change,
  },
});

const CHANGE: ChangeRef = {
  repository: 'shop/checkout',
  service: 'checkout',
  branch: 'baton/SHOP-1/1',
  baseCommit: 'f'.repeat(40),
  headCommit: HEAD,
  pullRequest: { number: 7, url: 'http://github.example/shop/checkout/pull/7' },
};

const carry = (change: Parameters<typeof sampleTicket>[0] = {}) =>
  gateway.store.journal({ ticket: sampleTicket(change), intervals: [], entries: [] });
const allMarked = () =>
  until('every row is marked', async () => {
    return (await gateway.store.waitingDeliveries(9)).length === 0;
  });

test('a ticket moved to the start status starts its workflow, once durable', async () => {
  await start();
  const response = await jira(moved());
  expect(response.status).toBe(202);
  await allMarked();
  expect(gateway.temporal.starts).toMatchObject([
    {
      workflowId: 'ticket/SHOP-1',
      taskQueue: 'tickets',
      args: [{ key: 'SHOP-1', startedBy: 'jira' }],
    },
  ]);
});

test.each([
  ['to another status', () => jira(moved('In Progress'))],
  ['of another project', () => jira(moved('Ready for build', 'OTHER-1'))],
  [
    'of a ticket that is stable',
    async () => {
      await carry({ outcome: 'stable', endedAt: 1 });
      return jira(moved());
    },
  ],
])('a move %s starts nothing', async (_name, send) => {
  await start();
  expect((await send()).status).toBe(202);
  await allMarked();
  expect(gateway.temporal.starts).toEqual([]);
});

test('a cancelled ticket that is moved to the start status begins anew', async () => {
  await start();
  await carry({ outcome: 'cancelled', endedAt: 1 });
  await jira(moved());
  await until('the start', () => gateway.temporal.starts.length === 1);
});

test('facts reach the workflow that runs, and are done with when none does', async () => {
  await start();
  const finished = {
    action: 'completed',
    repository: { full_name: 'shop/checkout' },
    check_suite: { head_sha: HEAD, head_branch: 'baton/SHOP-1/1' },
  };
  await github('check_suite', finished);
  await allMarked();
  expect(gateway.temporal.signals).toEqual([]);
  gateway.temporal.running.add('ticket/SHOP-1');
  await github('check_suite', { ...finished, again: 1 }, { id: 'g-2' });
  await until('the signal', () => gateway.temporal.signals.length === 1);
  expect(gateway.temporal.signals[0]?.fact).toMatchObject({ kind: 'ci-finished', commit: HEAD });
});

test('the echo of what Baton did itself reaches no workflow; a move back does', async () => {
  await start();
  await carry({ stage: 'code' });
  gateway.temporal.running.add('ticket/SHOP-1');
  await jira(moved('Done'), { id: 'j-1' });
  await allMarked();
  expect(gateway.temporal.signals).toEqual([]);
  await jira(moved('Backlog'), { id: 'j-2' });
  await until('the signal', () => gateway.temporal.signals.length === 1);
});

test('the same delivery again, and the same body under a new id, change nothing', async () => {
  await start();
  for (const id of ['j-1', 'j-1', 'j-2']) expect((await jira(moved(), { id })).status).toBe(202);
  await github('pull_request_review', reviewed(), { id: 'g-1' });
  await allMarked();
  expect(gateway.temporal.starts).toHaveLength(1);
  expect((await jira(moved('Ready for build', 'SHOP-2'), { id: 'j-3' })).status).toBe(202);
  await until('the other ticket', () => gateway.temporal.starts.length === 2);
});

test('what came while Temporal was away is handed over when it is back', async () => {
  await start();
  gateway.temporal.away = true;
  expect((await jira(moved())).status).toBe(202);
  expect(await gateway.store.waitingDeliveries(9)).toHaveLength(1);
  gateway.temporal.away = false;
  await allMarked();
  expect(gateway.temporal.starts).toHaveLength(1);
});

test('what an earlier gateway left unmarked is handed over by the next one', async () => {
  await start();
  gateway.temporal.away = true;
  await jira(moved());
  await gateway.close();
  await start({ keepRows: true });
  await until('the start', () => gateway.temporal.starts.length === 1);
});

test('without the store a delivery is not acknowledged, and starts nothing', async () => {
  await start({
    deps: (store) => ({
      store: { ...store, receive: () => Promise.reject(new Error('no connection to 10.0.0.7')) },
    }),
  });
  const response = await jira(moved());
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('10.0.0.7');
  expect(gateway.temporal.starts).toEqual([]);
});

const FORGED: readonly [string, (body: string) => Sent][] = [
  ['another secret', () => ({ secret: 'not-the-secret' })],
  ['an empty secret', () => ({ secret: '' })],
  ['the signature of other bytes', (body) => signed(sign(SECRETS.JIRA_WEBHOOK_SECRET, `${body} `))],
  ['no signature', () => signed('')],
  [
    'another algorithm',
    (body) => signed(sign(SECRETS.JIRA_WEBHOOK_SECRET, body).replace('256', '1')),
  ],
  ['a signature cut short', (body) => signed(sign(SECRETS.JIRA_WEBHOOK_SECRET, body).slice(0, 40))],
  ['a signature of text', () => signed('sha256=Überraschung')],
];
const signed = (signature: string): Sent => ({
  headers: {
    'x-hub-signature': Buffer.from(signature).toString('latin1'),
    'x-hub-signature-256': Buffer.from(signature).toString('latin1'),
  },
});

test.each(FORGED)(
  'a delivery with %s is refused with 401 and starts nothing',
  async (_name, how) => {
    await start();
    const body = JSON.stringify(moved());
    expect((await jira(body, how(body))).status).toBe(401);
    expect((await github('push', body, how(body))).status).toBe(401);
    expect(await gateway.store.waitingDeliveries(9)).toEqual([]);
    expect(gateway.temporal.starts).toEqual([]);
    const log = gateway.log.join('');
    expect(log).toContain('a delivery without a true signature');
    for (const secret of [...Object.values(SECRETS), 'sha256=']) expect(log).not.toContain(secret);
  },
);

test.each([
  ['nothing', ''],
  ['truncated JSON', JSON.stringify(moved()).slice(0, -20)],
  ['no object', '[]'],
  ['null', 'null'],
  ['no event', '{}'],
  ['bytes that are no text', '\uDC80{'],
  [
    'an item that is no item',
    '{"webhookEvent":"jira:issue_updated","issue":{"key":"SHOP-1"},"changelog":{"items":[1]}}',
  ],
  ['a key that is none', JSON.stringify(moved('Ready for build', '../../SHOP-1'))],
  ['very deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
])('a signed body that is %s is refused with 400', async (_name, body) => {
  await start();
  expect((await jira(body)).status).toBe(400);
  expect((await github('pull_request_review', body)).status).toBe(400);
  expect(await gateway.store.waitingDeliveries(9)).toEqual([]);
});

test('a body above the limit is refused with 413', async () => {
  await start();
  const response = await jira(`{"x":"${'y'.repeat(6_000_000)}"}`);
  expect(response.status).toBe(413);
});

test('a sender that reads nothing before it has sent everything hears the 413 too', async () => {
  await start();
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname).pause();
  const broken = new Promise<never>((_resolve, reject) => socket.once('error', reject));
  const send = (bytes: string | Buffer) =>
    new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  const head = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n';
  const talk = async () => {
    await send(`POST /webhooks/github HTTP/1.1\r\n${head}`);
    for (let n = 0; n < 20; n += 1) await send(Buffer.alloc(1_000_000, 32));
    const [answer] = (await once(socket.resume(), 'data')) as [Buffer];
    return answer.toString().split('\r\n')[0];
  };
  expect(await Promise.race([talk(), broken])).toBe('HTTP/1.1 413 Payload Too Large');
  socket.destroy();
});

test('a connection that ends in the middle of a body starts nothing and breaks nothing', async () => {
  await start();
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /webhooks/jira HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"half":',
  );
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.destroy();
  expect((await jira(moved())).status).toBe(202);
  await until('the start', () => gateway.temporal.starts.length === 1);
  expect(gateway.log.join('')).not.toContain('"level":50');
});

test('other types are 415, other methods 405', async () => {
  await start();
  expect((await jira(moved(), { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  const put = await fetch(`${gateway.url}/webhooks/github`, { method: 'PUT', body: '{}' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
});

test.each(['ping', 'star', '__proto__', 'constructor', 'toString'])(
  'a genuine delivery of the unused kind %s is acknowledged and kept nowhere',
  async (event) => {
    await start();
    expect((await github(event, { zen: 'Keep it logically awesome.' })).status).toBe(202);
    const created = { webhookEvent: event, issue: { key: 'SHOP-1' } };
    expect((await jira(created)).status).toBe(202);
    expect(await gateway.store.waitingDeliveries(9)).toEqual([]);
  },
);

test('a delivery id of any length and any characters is taken as it is', async () => {
  await start();
  const ids = ['x'.repeat(5_000), '../../etc', "'; drop table inbox; --", '__proto__'];
  for (const [n, id] of ids.entries()) {
    expect((await jira(moved('Ready for build', `SHOP-${n + 1}`), { id })).status).toBe(202);
  }
  await until('all of them', () => gateway.temporal.starts.length === ids.length);
});

test('an approval on GitHub is a decision about the change that was reviewed', async () => {
  await start();
  await carry({ stage: 'review', changes: [CHANGE] });
  gateway.temporal.running.add('ticket/SHOP-1');
  await github('pull_request_review', reviewed());
  await until('the decision', () => gateway.temporal.updates.length === 1);
  const id = 'github/shop/checkout/review/80';
  expect(gateway.temporal.updates[0]).toEqual({
    workflowId: 'ticket/SHOP-1',
    updateId: id,
    decision: { kind: 'approve', gate: 'review', id, by: 'reviewer', channel: 'github' },
  });
  await allMarked();
  expect(gateway.answers).toEqual([]);
});

test('changes requested on GitHub reject, with the words of the reviewer, redacted', async () => {
  await start();
  await carry({ stage: 'review', changes: [CHANGE] });
  gateway.temporal.running.add('ticket/SHOP-1');
  const body = 'no: token ghp_0123456789abcdefghijABCDEFGHIJ is in it';
  await github('pull_request_review', reviewed({ state: 'changes_requested', body }));
  await until('the decision', () => gateway.temporal.updates.length === 1);
  expect(gateway.temporal.updates[0]?.decision).toMatchObject({
    kind: 'reject',
    reason: 'no: token [redacted] is in it',
  });
});

test.each([
  [
    'of another commit',
    reviewed({ commit_id: OTHER }),
    'This review is about commit cccccccc, but SHOP-1 has aaaaaaaa under review: look at that one and review again.',
  ],
  [
    'of another pull request',
    { ...reviewed(), pull_request: { number: 8, head: { ref: 'baton/SHOP-1/1', sha: HEAD } } },
    'This pull request is not what SHOP-1 has under review now, so the review decides nothing.',
  ],
  [
    'by somebody who is not among the people',
    reviewed({ user: { login: 'stranger', type: 'User' } }),
    'GitHub user stranger is not among the people in baton.yaml, so nothing was decided. About SHOP-1 requester, developer, reviewer, approver or operator may decide.',
  ],
])(
  'a review %s decides nothing and is answered on the pull request',
  async (_name, body, sentence) => {
    await start();
    await carry({ stage: 'review', changes: [CHANGE] });
    gateway.temporal.running.add('ticket/SHOP-1');
    await github('pull_request_review', body);
    await until('the answer', () => gateway.answers.length === 1);
    expect(gateway.answers[0]).toMatchObject({
      repository: 'shop/checkout',
      marker: 'refused/github/shop/checkout/review/80',
      sentence,
    });
    expect(gateway.temporal.updates).toEqual([]);
  },
);

test('what the workflow refuses is answered on the pull request', async () => {
  await start();
  await carry({ stage: 'review', changes: [CHANGE] });
  gateway.temporal.running.add('ticket/SHOP-1');
  gateway.temporal.answer = () => {
    throw refusal('reviewer wrote part of this change, and no one approves their own work.');
  };
  await github('pull_request_review', reviewed());
  await until('the answer', () => gateway.answers.length === 1);
  expect(gateway.answers[0]?.sentence).toContain('no one approves their own work');
});

test.each([
  ['by a bot', reviewed({ user: { login: 'helper[bot]', type: 'Bot' } })],
  ['that only comments', reviewed({ state: 'commented' })],
  ['in a repository that is not configured', reviewed({}, 'shop/elsewhere')],
])('a review %s is neither counted nor answered', async (_name, body) => {
  await start();
  await carry({ stage: 'review', changes: [CHANGE] });
  gateway.temporal.running.add('ticket/SHOP-1');
  expect((await github('pull_request_review', body)).status).toBe(202);
  await allMarked();
  expect(gateway.temporal.updates).toEqual([]);
  expect(gateway.answers).toEqual([]);
});
