import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { IntegrationError } from '../../integrations/errors.ts';
import {
  closeStore,
  openStore,
  startGateway,
  until,
  type GatewayOptions,
  type GatewayUnderTest,
} from '../../test/gateway-under-test.ts';
import { continueAsNewRace, refusal } from '../../test/fake-temporal.ts';
import {
  sampleEntry,
  sampleInterval,
  sampleTicket,
  TEN_O_CLOCK,
} from '../../test/ticket-samples.ts';
import { bodyHashOf } from '../inbox.ts';
import {
  auditVerdictShape,
  historyShape,
  problemShape,
  receiptShape,
  ticketShape,
  ticketsShape,
} from './shapes.schema.ts';

let gateway: GatewayUnderTest;
afterEach(() => gateway.close());
beforeAll(openStore, 60_000);
afterAll(closeStore);

const HASH = `sha256:${'b'.repeat(64)}`;

async function start(options?: GatewayOptions): Promise<GatewayUnderTest> {
  gateway = await startGateway(options);
  return gateway;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const problem = async (response: Response) => problemShape.parse(await response.json()).error;

/** With headers that `fetch` does not let us set. */
function rawGet(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

async function carry(change: Parameters<typeof sampleTicket>[0] = {}) {
  const ticket = sampleTicket(change);
  await gateway.store.journal({
    ticket,
    intervals: [sampleInterval({ workingMs: 1200, waitingMs: 300 })],
    entries: [sampleEntry(`${ticket.key}/${ticket.revision}`, { ticket: ticket.key })],
  });
  return ticket;
}

test('a ticket is shown in the shape that scripts rely on', async () => {
  await start();
  await carry({
    waiting: {
      for: 'gate:spec',
      since: TEN_O_CLOCK,
      because: 'it needs it',
      who: ['reviewer'],
      sentence: 'Waiting for 1 approval by reviewer.',
    },
    packet: { version: 2, hash: HASH },
  });
  const body = (await (await get('/api/tickets/SHOP-1')).json()) as object;
  expect(ticketShape.parse(body)).toEqual({
    key: 'SHOP-1',
    title: 'Free shipping from 50 EUR on',
    stage: 'spec',
    round: 1,
    outcome: null,
    waiting: {
      for: 'gate:spec',
      since: '2026-11-20T10:00:00.000Z',
      because: 'it needs it',
      who: ['reviewer'],
      sentence: 'Waiting for 1 approval by reviewer.',
    },
    packet: { version: 2, hash: HASH },
    startedAt: '2026-11-20T10:00:00.000Z',
    endedAt: null,
  });
});

test('tickets come in pages by key', async () => {
  await start();
  for (const n of [1, 2, 3]) await carry({ key: `SHOP-${n}`, updatedAt: TEN_O_CLOCK + n });
  const first = ticketsShape.parse(await (await get('/api/tickets?limit=2')).json());
  expect(first.tickets.map((t) => t.key)).toEqual(['SHOP-3', 'SHOP-2']);
  const second = await get(`/api/tickets?limit=2&after=${encodeURIComponent(first.next ?? '')}`);
  expect(ticketsShape.parse(await second.json())).toMatchObject({
    tickets: [{ key: 'SHOP-1' }],
    next: null,
  });
});

test.each([
  ['/api/tickets?limit=0', 'query: limit:'],
  ['/api/tickets?limit=201', 'query: limit:'],
  ['/api/tickets?stage=__proto__', 'query: stage:'],
  ['/api/tickets?after=nonsense', '`after`'],
  ['/api/tickets?colour=red', 'query: Unrecognized key'],
  ['/api/tickets/shop-1', 'path: key: a ticket key looks like SHOP-142'],
  ['/api/tickets/__proto__', 'path: key:'],
  ['/api/tickets/..%2F..%2Fetc', 'path: key:'],
  ['/api/tickets/SHOP-1/packets/0', 'path: version:'],
  ['/api/tickets/SHOP-1/history?after=-1', 'query: after:'],
  ['/api/events?after=x', 'query: after:'],
])('GET %s is refused with what is wrong and where', async (path, what) => {
  await start();
  await carry();
  const response = await get(path);
  expect(response.status).toBe(400);
  expect((await problem(response)).message).toContain(what);
});

test('what is not there is 404 with a sentence, another method 405, another type 415', async () => {
  await start();
  await carry();
  expect((await problem(await get('/api/tickets/SHOP-9'))).message).toContain('baton start SHOP-9');
  expect((await get('/api/tickets/SHOP-1/packets/7')).status).toBe(404);
  expect((await get('/nowhere')).status).toBe(404);
  const wrongMethod = await fetch(`${gateway.url}/api/tickets/SHOP-1`, { method: 'DELETE' });
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await get('/webhooks/jira')).status).toBe(405);
  const text = await post('/api/tickets', '{"key":"SHOP-2"}', { 'content-type': 'text/plain' });
  expect(text.status).toBe(415);
  expect((await problem(text)).code).toBe('media-type');
});

test('a packet is given out as it was sealed', async () => {
  await start();
  await gateway.store.putPacket({
    key: 'SHOP-1',
    version: 3,
    hash: bodyHashOf('{"a":1}'),
    json: '{"a":1}',
  });
  const response = await get('/api/tickets/SHOP-1/packets/3');
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await response.text()).toBe('{"a":1}');
});

test('the history tells the stages and the story, and goes on where a page ended', async () => {
  await start();
  await carry();
  for (const n of [1, 2, 3]) await gateway.store.record(sampleEntry(`more-${n}`));
  await gateway.store.record(sampleEntry('other', { ticket: 'SHOP-2' }));
  const page = async (query: string) =>
    historyShape.parse(await (await get(`/api/tickets/SHOP-1/history${query}`)).json());
  const first = await page('?limit=3');
  expect(first.stages).toEqual([
    {
      stage: 'spec',
      round: 1,
      startedAt: '2026-11-20T10:00:00.000Z',
      endedAt: null,
      workingMs: 1200,
      waitingMs: 300,
    },
  ]);
  expect(first.entries.map((e) => e.id)).toEqual(['SHOP-1/1', 'more-1', 'more-2']);
  const second = await page(`?limit=3&after=${first.next ?? 0}`);
  expect(second.entries.map((e) => e.id)).toEqual(['more-3']);
  expect(second.next).toBeNull();
});

test('the audit chain is verified', async () => {
  await start();
  await carry();
  expect(auditVerdictShape.parse(await (await get('/api/audit/verify')).json())).toEqual({
    valid: true,
    entries: 1,
  });
});

test('starting by hand starts once, and shows the ticket before its first row is written', async () => {
  await start({ deps: () => ({ readTicket: async () => ({ title: 'Ship it' }) as never }) });
  const started = await post('/api/tickets', { key: 'SHOP-1' });
  expect(started.status).toBe(200);
  expect(ticketShape.parse(await started.json())).toMatchObject({
    key: 'SHOP-1',
    title: 'Ship it',
    stage: 'spec',
    round: 1,
    outcome: null,
    packet: null,
  });
  expect(gateway.temporal.starts).toMatchObject([
    {
      workflowId: 'ticket/SHOP-1',
      taskQueue: 'tickets',
      args: [{ key: 'SHOP-1', startedBy: 'cli' }],
    },
  ]);
  expect((await get('/api/tickets/SHOP-1')).status).toBe(200);
  await carry({ stage: 'review' });
  const again = await post('/api/tickets', { key: 'SHOP-1' });
  expect(await again.json()).toMatchObject({ stage: 'review' });
  expect(gateway.temporal.starts).toHaveLength(1);
});

test.each([
  [{ key: 'shop-1' }, 400, 'body: key:'],
  [{ key: 'SHOP-1', extra: true }, 400, 'body: Unrecognized key'],
  [{}, 400, 'body: key:'],
  ['{"key":', 400, 'not JSON'],
  ['[]', 400, 'body:'],
  ['{"__proto__":{"key":"SHOP-1"}}', 400, 'body:'],
  [{ key: 'OTHER-1' }, 404, 'OTHER is not a project of baton.yaml (SHOP)'],
  [{ key: 'SHOP-404' }, 404, 'There is no ticket SHOP-404 in Jira'],
  [{ key: 'SHOP-503' }, 503, 'Jira could not be asked about SHOP-503'],
])('POST /api/tickets with %j is refused: %d', async (body, status, what) => {
  const kinds = { 'SHOP-404': 'IntegrationRejected' } as const;
  const readTicket = ({ key }: { key: string }) =>
    Promise.reject(
      new IntegrationError(
        key in kinds ? kinds[key as keyof typeof kinds] : 'IntegrationUnavailable',
        'Jira',
        'no answer',
      ),
    );
  await start({ deps: () => ({ readTicket }) });
  const response = await post('/api/tickets', body);
  expect(response.status).toBe(status);
  expect((await problem(response)).message).toContain(what);
  expect(gateway.temporal.starts).toEqual([]);
});

test('a body above a megabyte is refused with 413, which the sender hears', async () => {
  await start();
  const response = await post('/api/tickets', `{"key":"${'S'.repeat(3_000_000)}"}`);
  expect(response.status).toBe(413);
  expect((await problem(response)).code).toBe('too-large');
});

const APPROVE = { kind: 'approve', gate: 'spec' };
const decide = (body: unknown, headers?: Record<string, string>, key = 'SHOP-1') =>
  post(`/api/tickets/${key}/decisions`, body, headers);

async function startDeciding(options?: GatewayOptions) {
  await start(options);
  gateway.temporal.running.add('ticket/SHOP-1');
  await carry();
}

test('a decision is by who says so on this machine, else by the local person', async () => {
  await startDeciding();
  const receipt = receiptShape.parse(await (await decide(APPROVE)).json());
  expect(receipt).toEqual({ counted: true, pending: false, sentence: 'It counts.' });
  await decide({ kind: 'hold', reason: 'a freeze' }, { 'x-baton-as': 'reviewer' });
  await decide(APPROVE, { origin: gateway.url });
  const [first, second, third] = gateway.temporal.updates.map((u) => u.decision);
  expect(first).toMatchObject({ kind: 'approve', gate: 'spec', by: 'operator', channel: 'cli' });
  expect(second).toMatchObject({ kind: 'hold', by: 'reviewer', reason: 'a freeze' });
  expect(third).toMatchObject({ by: 'operator', channel: 'web' });
  expect(first?.id).not.toBe(second?.id);
  expect(await gateway.store.waitingDeliveries(9)).toEqual([]);
});

test.each(['stranger', '__proto__', 'constructor', ''])(
  'somebody called %j is told who may decide',
  async (name) => {
    await startDeciding();
    const response = await decide(APPROVE, { 'x-baton-as': name });
    expect(await response.json()).toEqual({
      counted: false,
      pending: false,
      sentence: `"${name}" is not among the people in baton.yaml, so nothing was decided. About SHOP-1 requester, developer, reviewer, approver or operator may decide.`,
    });
    expect(gateway.temporal.updates).toEqual([]);
  },
);

test('what the workflow refuses is refused with its sentence', async () => {
  await startDeciding();
  gateway.temporal.answer = () => {
    throw refusal('The spec gate of SHOP-1 is behind it.');
  };
  const response = await decide(APPROVE);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    counted: false,
    sentence: 'The spec gate of SHOP-1 is behind it.',
  });
  expect(await gateway.store.waitingDeliveries(9)).toEqual([]);
});

test('a decision that meets a continue-as-new is sent again under the same id, and counts once', async () => {
  await startDeciding();
  gateway.temporal.answer = (_decision, attempt) => {
    if (attempt < 3) throw continueAsNewRace();
    return { counted: true, sentence: `Attempt ${attempt}.` };
  };
  expect(await (await decide(APPROVE)).json()).toMatchObject({ sentence: 'Attempt 3.' });
  expect(new Set(gateway.temporal.updates.map((u) => u.updateId)).size).toBe(1);
});

test('a ticket that ended, and one that never was, say so', async () => {
  await start();
  await carry({ outcome: 'cancelled', endedAt: TEN_O_CLOCK });
  expect(await (await decide(APPROVE)).json()).toMatchObject({
    counted: false,
    sentence: 'SHOP-1 has ended (cancelled): nothing can be decided any more.',
  });
  const unknown = await decide(APPROVE, {}, 'SHOP-77');
  expect(unknown.status).toBe(404);
  expect((await problem(unknown)).message).toContain('Baton does not carry SHOP-77');
});

test('a decision while Temporal is away is kept, and handed over when it is back', async () => {
  await startDeciding();
  gateway.temporal.away = true;
  const response = await decide(APPROVE);
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ counted: false, pending: true });
  gateway.temporal.away = false;
  await until('the decision', () => gateway.temporal.updates.length === 1);
});

test.each([
  [{ kind: 'approve', gate: 'canary' }, 'body: gate:'],
  [{ kind: 'approve' }, 'body: gate:'],
  [{ kind: 'reject', gate: 'spec' }, 'body: reason:'],
  [{ kind: 'approve', gate: 'spec', by: 'approver' }, 'body: Unrecognized key'],
  [{ kind: '__proto__' }, 'body: kind:'],
  [{ kind: 'hold', reason: 'x'.repeat(2001) }, 'body: reason:'],
])('the decision %j is refused with what is wrong', async (body, what) => {
  await startDeciding();
  const response = await decide(body);
  expect(response.status).toBe(400);
  expect((await problem(response)).message).toContain(what);
});

test('secrets pasted into a reason are neither stored nor handed on', async () => {
  await startDeciding();
  gateway.temporal.away = true;
  await decide({
    kind: 'hold',
    reason: 'see ghp_0123456789abcdefghijABCDEFGHIJ and jira-token-of-the-test',
  });
  const rows = JSON.stringify(await gateway.store.waitingDeliveries(9));
  expect(rows).toContain('see [redacted] and [redacted]');
});

test.each([{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }])(
  'a request that a proxy passed on (%j) decides for nobody',
  async (headers) => {
    await startDeciding();
    const response = await decide(APPROVE, { ...headers, 'x-baton-as': 'approver' });
    expect(response.status).toBe(401);
    expect(gateway.temporal.updates).toEqual([]);
  },
);

test('a listener that other machines reach believes no header about who decides', async () => {
  await startDeciding({ config: { gateway: { listen: '0.0.0.0:0' } } });
  const { port } = new URL(gateway.url);
  const response = await fetch(`http://127.0.0.1:${port}/api/tickets/SHOP-1/decisions`, {
    method: 'POST',
    body: JSON.stringify(APPROVE),
    headers: { 'content-type': 'application/json', 'x-baton-as': 'approver' },
  });
  expect(response.status).toBe(401);
  expect((await problem(response)).code).toBe('not-local');
});

test('without a local person a nameless caller is asked who decides', async () => {
  await startDeciding({ config: { local: undefined } });
  expect((await problem(await decide(APPROVE))).code).toBe('who-are-you');
});

test.each(['https://evil.example', 'null', 'http://127.0.0.1:1'])(
  'a page of %s can make a browser do nothing here',
  async (origin) => {
    await startDeciding();
    const response = await decide(APPROVE, { origin });
    expect(response.status).toBe(403);
    expect((await get('/api/tickets', { origin })).status).toBe(403);
    expect(gateway.temporal.updates).toEqual([]);
  },
);

test('a name that was rebound to this machine is refused', async () => {
  await start();
  expect(await rawGet('/api/tickets', { host: 'evil.example' })).toBe(403);
  expect(await rawGet('/', { host: 'evil.example:7460' })).toBe(403);
  expect(await rawGet('/api/tickets', { host: 'localhost:7460' })).toBe(200);
});

test('ready says what is missing, alive does not depend on it', async () => {
  await start();
  expect(await (await get('/readyz')).json()).toEqual({ ready: true, temporal: true, store: true });
  gateway.temporal.away = true;
  const response = await get('/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ ready: false, temporal: false, store: true });
  expect((await get('/healthz')).status).toBe(200);
});

test('metrics count by route, not by what was asked for', async () => {
  await start();
  await get('/api/tickets/SHOP-123456');
  gateway.temporal.running.add('ticket/SHOP-1');
  await decide(APPROVE);
  const metrics = await (await get('/metrics')).text();
  expect(metrics).toContain('baton_decisions_total{channel="cli",result="counted"} 1');
  expect(metrics).toContain('route="/api/tickets/:key"');
  expect(metrics).not.toContain('SHOP-123456');
});

test('the OpenAPI document describes every route that there is', async () => {
  await start();
  const document = z
    .object({
      openapi: z.literal('3.1.0'),
      paths: z.record(z.string(), z.record(z.string(), z.unknown())),
    })
    .parse(await (await get('/openapi.json')).json());
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of Object.keys(operations)) {
      const url = path.replace('{key}', 'SHOP-1').replace('{version}', '1');
      if (url === '/api/events') continue;
      const response = await fetch(`${gateway.url}${url}`, { method: method.toUpperCase() });
      expect([url, response.status === 405]).toEqual([url, false]);
    }
  }
  expect(Object.keys(document.paths)).toContain('/api/tickets/{key}/decisions');
});

test('a store that is away is 503 with a sentence, without its error', async () => {
  await start({
    deps: (store) => ({
      store: {
        ...store,
        readTicket: () => Promise.reject(new Error('password=hunter2 at /var/lib')),
      },
    }),
  });
  const response = await get('/api/tickets/SHOP-1');
  expect(response.status).toBe(500);
  expect((await problem(response)).message).toBe(
    'Baton could not answer this; the reason is in its log.',
  );
});
