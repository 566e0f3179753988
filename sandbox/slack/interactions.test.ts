import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BlockAction } from '@slack/bolt';
import { createHmac } from 'node:crypto';
import { startHttpServer, type HttpRequest } from '../http-server.ts';
import {
  buttonBlocks,
  CHANNEL,
  createSlackFixture,
  errorOf,
  FORM,
  SLACK_SECRETS,
  type SlackFixture,
} from './slack-fixture.ts';

let w: SlackFixture;
beforeEach(async () => {
  w = await createSlackFixture();
});
afterEach(() => w.close());

async function firstView(): Promise<string> {
  for (;;) {
    const [view] = await w.views();
    if (view) return view.id;
  }
}

describe('the real Bolt in socket mode', () => {
  test('a posted button is pressed by a person, handled, and its message edited', async () => {
    const bolt = await w.startApp();
    bolt.action<BlockAction>('approve', async ({ ack, body, action, client: own }) => {
      await ack();
      await own.chat.update({
        channel: body.channel?.id ?? '',
        ts: body.message?.ts ?? '',
        text: `Approved by ${body.user.id}, ${action.type === 'button' ? (action.value ?? '') : ''}`,
      });
    });
    const posted = await w.client.chat.postMessage({
      channel: CHANNEL,
      text: 'Release?',
      blocks: buttonBlocks('Approve release', 'approve'),
      metadata: { event_type: 'decision', event_payload: { key: 'SHOP-1/release' } },
    });
    const edited = new Promise<string>((resolve) => {
      w.slack.onChange(({ text }) => resolve(text));
    });
    const what = { user: 'U0REVIEWER', channel: CHANNEL, ts: posted.ts, actionId: 'approve' };
    expect(await w.ask('/sandbox/press', what)).toMatchObject({ body: { acknowledged: true } });
    expect(await edited).toBe('Approved by U0REVIEWER, sha256:00');
    expect(w.slack.messages()).toHaveLength(1);
    expect(w.slack.messages()[0]).not.toHaveProperty('blocks');
  });

  test('a press that is not acknowledged in time is sent again', async () => {
    await w.restart({ acknowledgeWithinMs: 200 });
    const bolt = await w.startApp();
    const seen: string[] = [];
    const twice = new Promise<void>((resolve) => {
      bolt.action<BlockAction>('approve', async ({ ack, body }) => {
        seen.push(body.trigger_id);
        if (seen.length === 1) return; // the answer that never came
        await ack();
        resolve();
      });
    });
    const { ts = '' } = await w.client.chat.postMessage({
      channel: CHANNEL,
      text: 'Release?',
      blocks: buttonBlocks('Approve release', 'approve'),
    });
    const first = w.slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, text: 'Approve' });
    expect(await first).toEqual({ acknowledged: false });
    await twice;
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  test('with duplicates switched on each press arrives once more', async () => {
    const bolt = await w.startApp();
    let count = 0;
    bolt.action('approve', async ({ ack }) => {
      count += 1;
      await ack();
    });
    await w.ask('/sandbox/faults', { duplicate: 1 });
    const blocks = buttonBlocks('Approve', 'approve');
    const { ts = '' } = await w.client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    await w.slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, actionId: 'approve' });
    expect(count).toBe(2);
  });

  test('what the app answers to a press is shown to that person only', async () => {
    const bolt = await w.startApp();
    bolt.action('approve', async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'You asked for it yourself.', replace_original: false });
    });
    const blocks = buttonBlocks('Approve', 'approve');
    const { ts = '' } = await w.client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    const answered = new Promise<string | undefined>((resolve) => {
      w.slack.onChange(({ ephemeralFor }) => resolve(ephemeralFor));
    });
    await w.slack.press({ user: 'U0REQUESTER', channel: CHANNEL, ts, actionId: 'approve' });
    expect(await answered).toBe('U0REQUESTER');
    const { messages } = await w.client.conversations.history({ channel: CHANNEL });
    expect(messages).toHaveLength(1);
  });

  test('a press opens a form, once; sent back with a fault it stays, accepted it closes', async () => {
    const bolt = await w.startApp();
    const again: Promise<string | undefined>[] = [];
    bolt.action<BlockAction>('reject', async ({ ack, body }) => {
      await ack();
      const open = () => w.client.views.open({ trigger_id: body.trigger_id, view: FORM });
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
    const blocks = buttonBlocks('Reject', 'reject');
    const { ts = '' } = await w.client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    await w.slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, text: 'Reject' });
    const id = await firstView();
    expect(await again[0]).toBe('exchanged_trigger_id');
    const send = (user: string, reason: string) =>
      w.ask('/sandbox/submit', { user, viewId: id, values: { reason: { reason } } });
    expect((await send('U0OPERATOR', 'mine')).status).toBe(404);
    expect(await send('U0REVIEWER', '')).toMatchObject({
      body: { acknowledged: true, errors: { reason: 'Say why.' } },
    });
    expect(await send('U0REVIEWER', 'too risky')).toEqual({
      status: 200,
      body: { ok: true, acknowledged: true },
    });
    expect(reasons).toEqual(['SHOP-1: ', 'SHOP-1: too risky']);
    expect(await w.views()).toEqual([]);
  });

  test('a message that a person writes is an event', async () => {
    const bolt = await w.startApp();
    const heard = new Promise<string | undefined>((resolve) => {
      bolt.message(async ({ message }) => resolve('text' in message ? message.text : undefined));
    });
    await w.ask('/sandbox/say', { user: 'U0OPERATOR', channel: CHANNEL, text: 'hello' });
    expect(await heard).toBe('hello');
  });

  test('without a connection a press is not acknowledged', async () => {
    const blocks = buttonBlocks('Approve', 'approve');
    const { ts = '' } = await w.client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
    const press = w.slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, actionId: 'approve' });
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
  await w.restart({ gatewayUrl: gateway.url });
  await w.ask('/sandbox/interactivity', { mode: 'http' });
  const blocks = buttonBlocks('Approve', 'approve');
  const { ts = '' } = await w.client.chat.postMessage({ channel: CHANNEL, text: '?', blocks });
  const press = w.slack.press({ user: 'U0REVIEWER', channel: CHANNEL, ts, actionId: 'approve' });
  expect(await press).toEqual({ acknowledged: true });
  await gateway.close();
  const [request] = received;
  const body = request?.body.toString('utf8') ?? '';
  const time = String(request?.headers['x-slack-request-timestamp']);
  const signed = createHmac('sha256', SLACK_SECRETS.SLACK_SIGNING_SECRET).update(
    `v0:${time}:${body}`,
  );
  expect(request?.headers['x-slack-signature']).toBe(`v0=${signed.digest('hex')}`);
  expect(JSON.parse(new URLSearchParams(body).get('payload') ?? '')).toMatchObject({
    type: 'block_actions',
    user: { id: 'U0REVIEWER' },
    container: { message_ts: ts },
    actions: [{ action_id: 'approve', block_id: 'decision', value: 'sha256:00' }],
  });
});
