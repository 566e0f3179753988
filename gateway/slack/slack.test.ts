import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  closeStore,
  openStore,
  slackHeaders,
  startGateway,
  until,
  type GatewayOptions,
  type GatewayUnderTest,
} from '../../test/gateway-under-test.ts';
import { refusal } from '../../test/fake-temporal.ts';

let gateway: GatewayUnderTest;
afterEach(() => gateway.close());
beforeAll(openStore, 60_000);
afterAll(closeStore);

const SUBJECT = `sha256:${'a'.repeat(64)}`;
const ABOUT = { key: 'SHOP-1', gate: 'release', subject: SUBJECT };

async function start(options?: GatewayOptions): Promise<GatewayUnderTest> {
  gateway = await startGateway(options);
  gateway.temporal.running.add('ticket/SHOP-1');
  return gateway;
}

function pressed(change: Record<string, unknown> = {}, action: Record<string, unknown> = {}) {
  const payload = {
    type: 'block_actions',
    team: { id: 'T0SHOP', domain: 'shop' },
    user: { id: 'U0APPROVER', team_id: 'T0SHOP' },
    channel: { id: 'C0SHOPDEV' },
    container: { type: 'message', message_ts: '1700000000.000100', channel_id: 'C0SHOPDEV' },
    trigger_id: 'trigger',
    actions: [
      {
        type: 'button',
        action_id: 'approve:release',
        action_ts: '1700000001.000200',
        value: JSON.stringify(ABOUT),
        ...action,
      },
    ],
    ...change,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

function post(body: string, headers = slackHeaders(body, gateway.now)): Promise<Response> {
  return fetch(`${gateway.url}/slack/events`, { method: 'POST', body, headers });
}

test('a press is a decision of that person about exactly what the button showed', async () => {
  await start();
  expect((await post(pressed())).status).toBe(200);
  await until('the update', () => gateway.temporal.updates.length === 1);
  expect(gateway.temporal.updates[0]).toEqual({
    workflowId: 'ticket/SHOP-1',
    updateId: 'slack/U0APPROVER/1700000000.000100/1700000001.000200',
    decision: {
      kind: 'approve',
      gate: 'release',
      subject: SUBJECT,
      id: 'slack/U0APPROVER/1700000000.000100/1700000001.000200',
      by: 'approver',
      channel: 'slack',
    },
  });
  await until('the mark', async () => (await gateway.store.waitingDeliveries(9)).length === 0);
  expect(gateway.slack).toEqual([]);
});

test('the same press delivered three times is one decision; a later press is another', async () => {
  await start();
  for (let n = 0; n < 3; n += 1) expect((await post(pressed())).status).toBe(200);
  expect((await post(pressed({}, { action_ts: '1700000009.000200' }))).status).toBe(200);
  await until('the second decision', () => gateway.temporal.updates.length >= 2);
  await until('the mark', async () => (await gateway.store.waitingDeliveries(9)).length === 0);
  expect(gateway.temporal.updates).toHaveLength(2);
});

test('who pressed and was refused hears why, alone, and as text', async () => {
  await start();
  gateway.temporal.answer = () => {
    throw refusal('approver wrote part of <this> & may not.');
  };
  await post(pressed());
  await until('the whisper', () => gateway.slack.length === 1);
  const [whisper] = gateway.slack;
  expect(whisper?.method).toBe('chat.postEphemeral');
  expect(Object.fromEntries(whisper?.form ?? [])).toMatchObject({
    channel: 'C0SHOPDEV',
    user: 'U0APPROVER',
    text: 'approver wrote part of &lt;this&gt; &amp; may not.',
  });
});

test('somebody who is not among the people decides nothing and hears who may', async () => {
  await start();
  await post(pressed({ user: { id: 'U0STRANGER', team_id: 'T0SHOP' } }));
  await until('the whisper', () => gateway.slack.length === 1);
  expect(gateway.slack[0]?.form.get('text')).toBe(
    'Slack user U0STRANGER is not among the people in baton.yaml, so nothing was decided. About SHOP-1 requester, developer, reviewer, approver or operator may decide.',
  );
  expect(gateway.temporal.updates).toEqual([]);
});

test('a press while Temporal is away is kept, said to be kept, and counts later', async () => {
  await start();
  gateway.temporal.away = true;
  expect((await post(pressed())).status).toBe(200);
  await until('the whisper', () => gateway.slack.length === 1);
  expect(gateway.slack[0]?.form.get('text')).toMatch(/^Kept, but not counted yet/);
  expect(gateway.temporal.updates).toEqual([]);
  gateway.temporal.away = false;
  await until('the decision', () => gateway.temporal.updates.length === 1);
  await until('the mark', async () => (await gateway.store.waitingDeliveries(9)).length === 0);
});

test('without the store nothing is acknowledged, and nothing is decided', async () => {
  await start({
    deps: (store) => ({
      store: { ...store, receive: () => Promise.reject(new Error('the store is away')) },
    }),
  });
  const response = await post(pressed());
  expect(response.status).toBe(503);
  expect(gateway.temporal.updates).toEqual([]);
});

test.each([
  ['another secret', (body: string) => slackHeaders(body, gateway.now, 'not-the-secret')],
  ['no signature', () => ({ 'content-type': 'application/x-www-form-urlencoded' })],
  ['a signature of other bytes', () => slackHeaders('payload=%7B%7D', gateway.now)],
  ['six minutes ago', (body: string) => slackHeaders(body, gateway.now - 360_000)],
  ['six minutes ahead', (body: string) => slackHeaders(body, gateway.now + 360_000)],
  [
    'a time that is no number',
    (body: string) => ({ ...slackHeaders(body, gateway.now), 'x-slack-request-timestamp': 'NaN' }),
  ],
])('a press signed with %s is refused with 401', async (_name, headers) => {
  await start();
  const body = pressed();
  const response = await post(body, headers(body));
  expect(response.status).toBe(401);
  expect(gateway.temporal.updates).toEqual([]);
  expect(gateway.log.join('')).not.toContain('slack-signing-secret');
});

test.each([
  ['a truncated payload', 'payload=%7B%22type%22%3A%22block_actions%22'],
  ['no payload', 'nothing=here'],
  ['a payload that is no object', 'payload=%5B%5D'],
])('%s is refused with 400 although it is signed', async (_name, body) => {
  await start();
  expect((await post(body)).status).toBe(400);
});

test.each([
  ['a button of something else', pressed({}, { action_id: 'open_link', value: 'x' })],
  ['a button without our value', pressed({}, { value: '{"key":"../../etc"}' })],
  ['a gate nobody decides', pressed({}, { value: JSON.stringify({ ...ABOUT, gate: 'canary' }) })],
  ['an unknown interaction', 'payload=%7B%22type%22%3A%22shortcut%22%7D'],
  ['a command', 'command=%2Fbaton&text=hello'],
])('%s is acknowledged and decides nothing', async (_name, body) => {
  await start();
  expect((await post(body)).status).toBe(200);
  expect(await gateway.store.waitingDeliveries(9)).toEqual([]);
  expect(gateway.temporal.updates).toEqual([]);
});

test('Slack is answered when it verifies the address', async () => {
  await start();
  const body = JSON.stringify({ type: 'url_verification', challenge: 'c4a11e46e' });
  const headers = { ...slackHeaders(body, gateway.now), 'content-type': 'application/json' };
  expect(await (await post(body, headers)).json()).toEqual({ challenge: 'c4a11e46e' });
});

test('rejecting asks for the reason in a form, and its answer is the decision', async () => {
  await start();
  await post(pressed({}, { action_id: 'reject:release' }));
  await until('the form', () => gateway.slack.length === 1);
  expect(gateway.slack[0]?.method).toBe('views.open');
  const view = JSON.parse(gateway.slack[0]?.form.get('view') ?? '') as {
    callback_id: string;
    private_metadata: string;
  };
  const submit = (value: string | null) => {
    const payload = {
      type: 'view_submission',
      team: { id: 'T0SHOP' },
      user: { id: 'U0APPROVER', team_id: 'T0SHOP' },
      view: { id: 'V1', ...view, state: { values: { reason: { reason: { value } } } } },
    };
    return post(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
  };
  expect(await (await submit('  ')).json()).toMatchObject({ response_action: 'errors' });
  expect(gateway.temporal.updates).toEqual([]);
  expect((await submit('the alert never fired; key xoxb-123456789012-abc')).status).toBe(200);
  await until('the update', () => gateway.temporal.updates.length === 1);
  expect(gateway.temporal.updates[0]?.decision).toEqual({
    kind: 'reject',
    gate: 'release',
    subject: SUBJECT,
    reason: 'the alert never fired; key [redacted]',
    id: 'slack/U0APPROVER/V1',
    by: 'approver',
    channel: 'slack',
  });
});

test('where Slack has no forms, the reason says who pressed', async () => {
  await start();
  gateway.unknownMethods.add('views.open');
  await post(pressed({}, { action_id: 'hold', value: JSON.stringify({ ...ABOUT, gate: null }) }));
  await until('the update', () => gateway.temporal.updates.length === 1);
  expect(gateway.temporal.updates[0]?.decision).toMatchObject({
    kind: 'hold',
    reason: 'pressed in Slack by approver',
    by: 'approver',
  });
});

test('without forms and without the store, a hold is not acknowledged', async () => {
  await start({
    deps: (store) => ({
      store: { ...store, receive: () => Promise.reject(new Error('the store is away')) },
    }),
  });
  gateway.unknownMethods.add('views.open');
  expect((await post(pressed({}, { action_id: 'hold' }))).status).toBe(503);
});
