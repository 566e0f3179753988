import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { App, LogLevel, type BlockAction, type Logger } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import { WebClient } from '@slack/web-api';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCOUNTS } from '../directory.ts';
import { openEffects, readEffects } from '../effects.ts';
import { startHttpServer, type HttpRequest } from '../http-server.ts';
import { startSlack, type Slack } from './slack.ts';

const secrets = {
  SLACK_BOT_TOKEN: 'xoxb-test',
  SLACK_APP_TOKEN: 'xapp-test',
  SLACK_SIGNING_SECRET: 'signing-test',
};
const CHANNEL = 'C0SHOPDEV';
const button = (text: string, action: string, value = 'sha256:00'): KnownBlock[] => [
  {
    type: 'actions',
    block_id: 'decision',
    elements: [{ type: 'button', action_id: action, text: { type: 'plain_text', text }, value }],
  },
];

/** Refusals are what these tests are about: their log would be noise. */
const nothing = () => undefined;
const silent: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};

const FORM: ModalView = {
  type: 'modal',
  callback_id: 'reason',
  private_metadata: 'SHOP-1',
  title: { type: 'plain_text', text: 'Reject SHOP-1' },
  submit: { type: 'plain_text', text: 'Reject' },
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why?' },
      element: { type: 'plain_text_input', action_id: 'reason' },
    },
  ],
};

let directory: string;
let slack: Slack;
let client: WebClient;
let app: App | undefined;

const open = (port = 0, gatewayUrl = 'http://127.0.0.1:1', acknowledgeWithinMs = 3000) =>
  startSlack({
    dataDir: directory,
    port,
    gatewayUrl,
    secrets,
    effects: openEffects(directory),
    people: ACCOUNTS,
    acknowledgeWithinMs,
  });
const clientOf = (token = secrets.SLACK_BOT_TOKEN) =>
  new WebClient(token, {
    slackApiUrl: `${slack.url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
const ask = async (path: string, body: object) => {
  const response = await fetch(slack.url + path, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
async function views(): Promise<readonly { readonly id: string }[]> {
  const response = await fetch(`${slack.url}/sandbox/views`);
  return ((await response.json()) as { views: { id: string }[] }).views;
}
async function firstView(): Promise<string> {
  for (;;) {
    const [view] = await views();
    if (view) return view.id;
  }
}
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { data?: { error?: string } }).data?.error,
  );

async function startApp(): Promise<App> {
  app = new App({
    token: secrets.SLACK_BOT_TOKEN,
    appToken: secrets.SLACK_APP_TOKEN,
    socketMode: true,
    logger: silent,
    clientOptions: { slackApiUrl: `${slack.url}/api/` },
  });
  await app.start();
  return app;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'slack-'));
  slack = await open();
  client = clientOf();
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the real Bolt in socket mode', () => {
  test('a posted button is pressed by a person, handled, and its message edited', async () => {
    const bolt = await startApp();
    bolt.action<BlockAction>('approve', async ({ ack, body, action, client: own }) => {
      await ack();
      await own.chat.update({
        channel: body.channel?.id ?? '',
        ts: body.message?.ts ?? '',
        text: `Approved by ${body.user.id}, ${action.type === 'button' ? (action.value ?? '') : ''}`,
      });
    });
    const posted = await client.chat.postMessage({
      channel: CHANNEL,
      text: 'Release?',
      blocks: button('Approve release', 'approve'),
      metadata: { event_type: 'decision', event_payload: { key: 'SHOP-1/release' } },
    });
    const edited = new Promise<string>((resolve) => {
      slack.onChange(({ text }) => resolve(text));
    });
    const what = { user: 'U0REVIEWER', channel: CHANNEL, ts: posted.ts, actionId: 'approve' };
    expect(await ask('/sandbox/press', what)).toMatchObject({ body: { acknowledged: true } });
    expect(await edited).toBe('Approved by U0REVIEWER, sha256:00');
    expect(slack.messages()).toHaveLength(1);
    expect(slack.messages()[0]).not.toHaveProperty('blocks');
  });

  test('a press that is not acknowledged in time is sent again', async () => {
    await slack.close();
    slack = await open(Number(new URL(slack.url).port), undefined, 200);
    const bolt = await startApp();
    const seen: string[] = [];
    const twice = new Promise<void>((resolve) => {
      bolt.action<BlockAction>('approve', async ({ ack, body }) => {
        seen.push(body.trigger_id);
        if (seen.length === 1) return; // the answer that never came
        await ack();
        resolve();
      });
    });
    const { ts = '' } = await client.chat.postMessage({
      channel: CHANNEL,
      text: 'Release?',
      blocks: button('Approve release', 'approve'),
    });
    const first = slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, text: 'Approve' });
    expect(await first).toEqual({ acknowledged: false });
    await twice;
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  test('with duplicates switched on each press arrives once more', async () => {
    const bolt = await startApp();
    let count = 0;
    bolt.action('approve', async ({ ack }) => {
      count += 1;
      await ack();
    });
    await ask('/sandbox/faults', { duplicate: 1 });
    const blocks = button('Approve', 'approve');
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    await slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, actionId: 'approve' });
    expect(count).toBe(2);
  });

  test('what the app answers to a press is shown to that person only', async () => {
    const bolt = await startApp();
    bolt.action('approve', async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'You asked for it yourself.', replace_original: false });
    });
    const blocks = button('Approve', 'approve');
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    const answered = new Promise<string | undefined>((resolve) => {
      slack.onChange(({ ephemeralFor }) => resolve(ephemeralFor));
    });
    await slack.press({ user: 'U0REQUESTER', channel: CHANNEL, ts, actionId: 'approve' });
    expect(await answered).toBe('U0REQUESTER');
    const { messages } = await client.conversations.history({ channel: CHANNEL });
    expect(messages).toHaveLength(1);
  });

  test('a press opens a form, once; sent back with a fault it stays, accepted it closes', async () => {
    const bolt = await startApp();
    const again: Promise<string | undefined>[] = [];
    bolt.action<BlockAction>('reject', async ({ ack, body }) => {
      await ack();
      const open = () => client.views.open({ trigger_id: body.trigger_id, view: FORM });
      await open();
      again.push(errorOf(open()));
    });
    const reasons: (string | null | undefined)[] = [];
    bolt.view('reason', async ({ ack, view }) => {
      const reason = view.state.values['reason']?.['reason']?.value;
      reasons.push(`${view.private_metadata}: ${reason ?? ''}`);
      if (reason) await ack();
      else await ack({ response_action: 'errors', errors: { reason: 'Say why.' } });
    });
    const blocks = button('Reject', 'reject');
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    await slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, text: 'Reject' });
    const id = await firstView();
    expect(await again[0]).toBe('exchanged_trigger_id');
    const send = (user: string, reason: string) =>
      ask('/sandbox/submit', { user, viewId: id, values: { reason: { reason } } });
    expect((await send('U0OPERATOR', 'mine')).status).toBe(404);
    expect(await send('U0REVIEWER', '')).toMatchObject({
      body: { acknowledged: true, errors: { reason: 'Say why.' } },
    });
    expect(await send('U0REVIEWER', 'too risky')).toEqual({
      status: 200,
      body: { ok: true, acknowledged: true },
    });
    expect(reasons).toEqual(['SHOP-1: ', 'SHOP-1: too risky']);
    expect(await views()).toEqual([]);
  });

  test('a message that a person writes is an event', async () => {
    const bolt = await startApp();
    const heard = new Promise<string | undefined>((resolve) => {
      bolt.message(async ({ message }) => resolve('text' in message ? message.text : undefined));
    });
    await ask('/sandbox/say', { user: 'U0OPERATOR', channel: CHANNEL, text: 'hello' });
    expect(await heard).toBe('hello');
  });

  test('without a connection a press is not acknowledged', async () => {
    const blocks = button('Approve', 'approve');
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    const press = slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, actionId: 'approve' });
    expect(await press).toEqual({ acknowledged: false });
  });
});

test('over HTTP the interaction is a signed form', async () => {
  const received: HttpRequest[] = [];
  const gateway = await startHttpServer({
    port: 0,
    routes: {
      'POST /slack/events': (request) => {
        received.push(request);
        return { status: 200 };
      },
    },
  });
  const port = Number(new URL(slack.url).port);
  await slack.close();
  slack = await open(port, gateway.url);
  await ask('/sandbox/interactivity', { mode: 'http' });
  const blocks = button('Approve', 'approve');
  const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
  const press = slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, actionId: 'approve' });
  expect(await press).toEqual({ acknowledged: true });
  await gateway.close();
  const [request] = received;
  const body = request?.body.toString('utf8') ?? '';
  const time = String(request?.headers['x-slack-request-timestamp']);
  const signed = createHmac('sha256', secrets.SLACK_SIGNING_SECRET).update(`v0:${time}:${body}`);
  expect(request?.headers['x-slack-signature']).toBe(`v0=${signed.digest('hex')}`);
  expect(JSON.parse(new URLSearchParams(body).get('payload') ?? '')).toMatchObject({
    type: 'block_actions',
    user: { id: 'U0REVIEWER' },
    container: { message_ts: ts },
    actions: [{ action_id: 'approve', block_id: 'decision', value: 'sha256:00' }],
  });
});

describe('the Web API', () => {
  test('who the token belongs to, and the people by id and by e-mail', async () => {
    expect(await client.auth.test()).toMatchObject({ user_id: 'U0BATON', ok: true });
    const { user } = await client.users.lookupByEmail({ email: 'reviewer@shop.example' });
    expect(user?.id).toBe('U0REVIEWER');
    const { user: same } = await client.users.info({ user: 'U0REVIEWER' });
    expect(same?.profile?.email).toBe('reviewer@shop.example');
  });

  test('a thread is read apart from the channel, metadata only when it is asked for', async () => {
    const metadata = { event_type: 'ticket', event_payload: { key: 'SHOP-1/thread' } };
    const head = await client.chat.postMessage({ channel: CHANNEL, text: 'SHOP-1', metadata });
    const thread_ts = head.ts ?? '';
    await client.chat.postMessage({ channel: CHANNEL, text: 'in review', thread_ts });
    const channel = await client.conversations.history({
      channel: CHANNEL,
      include_all_metadata: true,
    });
    expect(channel.messages?.map(({ text }) => text)).toEqual(['SHOP-1']);
    expect(channel.messages?.[0]?.metadata).toEqual(metadata);
    const replies = await client.conversations.replies({ channel: CHANNEL, ts: thread_ts });
    expect(replies.messages?.map(({ text }) => text)).toEqual(['SHOP-1', 'in review']);
    expect(replies.messages?.[0]).not.toHaveProperty('metadata');
  });

  test('the history comes in pages, newest first', async () => {
    for (const text of ['1', '2', '3']) await client.chat.postMessage({ channel: CHANNEL, text });
    const texts: (string | undefined)[] = [];
    for await (const page of client.paginate('conversations.history', {
      channel: CHANNEL,
      limit: 2,
    })) {
      const { messages } = page as { messages?: { text?: string }[] };
      texts.push(messages?.map(({ text }) => text).join(' '));
    }
    expect(texts).toEqual(['3 2', '1']);
  });

  test('a direct message is opened, and only its person can press there', async () => {
    const { channel } = await client.conversations.open({ users: 'U0APPROVER' });
    const id = channel?.id ?? '';
    const blocks = button('Approve', 'approve');
    const { ts = '' } = await client.chat.postMessage({ channel: id, text: '?', blocks });
    const press = await ask('/sandbox/press', {
      user: 'U0REVIEWER',
      channel: id,
      ts,
      text: 'Approve',
    });
    expect(press).toEqual({ status: 404, body: { ok: false, error: 'channel_not_found' } });
  });

  test.each([
    { what: 'no token', token: '', error: 'not_authed' },
    { what: 'a wrong token', token: 'xoxb-wrong', error: 'invalid_auth' },
    { what: 'the app’s token', token: 'xapp-test', error: 'not_allowed_token_type' },
  ])('$what is refused', async ({ token, error }) => {
    expect(await errorOf(clientOf(token).auth.test())).toBe(error);
  });

  const section = (text: string): KnownBlock => ({
    type: 'section',
    text: { type: 'mrkdwn', text },
  });
  test.each([
    { what: 'no text', message: {}, error: 'no_text' },
    { what: 'an endless text', message: { text: 'x'.repeat(40_001) }, error: 'msg_too_long' },
    {
      what: '51 blocks',
      message: { blocks: Array.from({ length: 51 }, () => section('x')) },
      error: 'invalid_blocks',
    },
    {
      what: 'a long section',
      message: { blocks: [section('x'.repeat(3001))] },
      error: 'invalid_blocks',
    },
    { what: 'an empty section', message: { blocks: [section('')] }, error: 'invalid_blocks' },
    {
      what: 'a long header',
      message: {
        blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }],
      },
      error: 'invalid_blocks',
    },
    {
      what: 'a long button text',
      message: { blocks: button('x'.repeat(76), 'a') },
      error: 'invalid_blocks',
    },
    {
      what: 'a long button value',
      message: { blocks: button('x', 'a', 'v'.repeat(2001)) },
      error: 'invalid_blocks',
    },
    {
      what: 'an unknown block',
      message: { blocks: [{ type: 'carousel' }] },
      error: 'invalid_blocks',
    },
    {
      what: 'metadata without a payload',
      message: { text: 'x', metadata: { event_type: 'x' } },
      error: 'invalid_metadata_format',
    },
  ])('$what is refused as Slack does', async ({ message, error }) => {
    const call = client.apiCall('chat.postMessage', { channel: CHANNEL, ...message });
    expect(await errorOf(call)).toBe(error);
    expect(slack.messages()).toEqual([]);
  });

  test.each([
    { what: 'a long title', change: { title: { type: 'plain_text', text: 'x'.repeat(25) } } },
    { what: 'much private metadata', change: { private_metadata: 'x'.repeat(3001) } },
    { what: 'an unknown trigger', change: {}, error: 'invalid_trigger_id' },
  ])('a form with $what is refused', async ({ change, error = 'invalid_arguments' }) => {
    const view = { ...FORM, ...change };
    expect(await errorOf(client.apiCall('views.open', { trigger_id: '1.2.3', view }))).toBe(error);
  });

  test('somebody else’s message cannot be edited, an unknown one and channel not found', async () => {
    const said = await ask('/sandbox/say', { user: 'U0OPERATOR', channel: CHANNEL, text: 'mine' });
    const { ts } = said.body as { ts: string };
    const update = (channel: string, of: string) =>
      errorOf(client.chat.update({ channel, ts: of, text: 'yours' }));
    expect(await update(CHANNEL, ts)).toBe('cant_update_message');
    expect(await update(CHANNEL, '1.000000')).toBe('message_not_found');
    expect(await update('C0NOWHERE', ts)).toBe('channel_not_found');
    expect(await errorOf(client.apiCall('chat.unheardOf'))).toBe('unknown_method');
  });

  test('with the rate limit on, the second message within a second is told to wait', async () => {
    await ask('/sandbox/faults', { rateLimit: true });
    await client.chat.postMessage({ channel: CHANNEL, text: '1' });
    await expect(client.chat.postMessage({ channel: CHANNEL, text: '2' })).rejects.toMatchObject({
      retryAfter: 1,
    });
    await ask('/sandbox/faults', {});
    await client.chat.postMessage({ channel: CHANNEL, text: '2' });
  });
});

describe('the effects', () => {
  const post = (key: string, text: string) =>
    client.chat.postMessage({
      channel: CHANNEL,
      text,
      metadata: { event_type: 'decision', event_payload: { key } },
    });
  const effects = () => readEffects(directory).map(({ key, count }) => `${key} ${count}`);

  test('a message written twice is seen to be, by its marker or by its content', async () => {
    await post('SHOP-1/spec', 'Approve?');
    await post('SHOP-1/spec', 'Approve, please?');
    await client.chat.postMessage({ channel: CHANNEL, text: 'hello' });
    await client.chat.postMessage({ channel: CHANNEL, text: 'hello' });
    expect(effects()).toEqual([
      'C0SHOPDEV/message/SHOP-1/spec 2',
      expect.stringMatching(/^C0SHOPDEV\/message\/[0-9a-f]{16} 2$/),
    ]);
  });

  test('an edit, an answer for one person and what people write are none', async () => {
    const { ts = '' } = await post('SHOP-1/spec', 'Approve?');
    await client.chat.update({ channel: CHANNEL, ts, text: 'Approved' });
    await client.chat.postEphemeral({ channel: CHANNEL, user: 'U0REVIEWER', text: 'too late' });
    await ask('/sandbox/say', { user: 'U0OPERATOR', channel: CHANNEL, text: 'hello' });
    expect(effects()).toEqual(['C0SHOPDEV/message/SHOP-1/spec 1']);
  });

  test('after a restart the messages are there and nothing is counted again', async () => {
    const { ts = '' } = await post('SHOP-1/spec', 'Approve?');
    const port = Number(new URL(slack.url).port);
    await slack.close();
    slack = await open(port);
    const { messages } = await client.conversations.history({ channel: CHANNEL });
    expect(messages?.map((message) => message.ts)).toEqual([ts]);
    const { ts: later = '' } = await post('SHOP-1/review', 'Approve?');
    expect(later > ts).toBe(true);
    expect(effects()).toEqual([
      'C0SHOPDEV/message/SHOP-1/spec 1',
      'C0SHOPDEV/message/SHOP-1/review 1',
    ]);
  });
});
