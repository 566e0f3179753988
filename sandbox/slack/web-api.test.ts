import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KnownBlock } from '@slack/types';
import { readEffects } from '../effects.ts';
import {
  buttonBlocks,
  CHANNEL,
  createSlackFixture,
  errorOf,
  FORM,
  type SlackFixture,
} from './slack-fixture.ts';

let w: SlackFixture;
beforeEach(async () => {
  w = await createSlackFixture();
});
afterEach(() => w.close());

describe('the Web API', () => {
  test('who the token belongs to, and the people by id and by e-mail', async () => {
    expect(await w.client.auth.test()).toMatchObject({ user_id: 'U0BATON', ok: true });
    const { user } = await w.client.users.lookupByEmail({ email: 'reviewer@shop.example' });
    expect(user?.id).toBe('U0REVIEWER');
    const { user: same } = await w.client.users.info({ user: 'U0REVIEWER' });
    expect(same?.profile?.email).toBe('reviewer@shop.example');
  });

  test('a thread is read apart from the channel, metadata only when it is asked for', async () => {
    const metadata = { event_type: 'ticket', event_payload: { key: 'SHOP-1/thread' } };
    const head = await w.client.chat.postMessage({ channel: CHANNEL, text: 'SHOP-1', metadata });
    const thread_ts = head.ts ?? '';
    await w.client.chat.postMessage({ channel: CHANNEL, text: 'in review', thread_ts });
    const channel = await w.client.conversations.history({
      channel: CHANNEL,
      include_all_metadata: true,
    });
    expect(channel.messages?.map(({ text }) => text)).toEqual(['SHOP-1']);
    expect(channel.messages?.[0]?.metadata).toEqual(metadata);
    const replies = await w.client.conversations.replies({ channel: CHANNEL, ts: thread_ts });
    expect(replies.messages?.map(({ text }) => text)).toEqual(['SHOP-1', 'in review']);
    expect(replies.messages?.[0]).not.toHaveProperty('metadata');
  });

  test('the history comes in pages, newest first', async () => {
    for (const text of ['1', '2', '3']) await w.client.chat.postMessage({ channel: CHANNEL, text });
    const texts: (string | undefined)[] = [];
    for await (const page of w.client.paginate('conversations.history', {
      channel: CHANNEL,
      limit: 2,
    })) {
      const { messages } = page as { messages?: { text?: string }[] };
      texts.push(messages?.map(({ text }) => text).join(' '));
    }
    expect(texts).toEqual(['3 2', '1']);
  });

  test('a direct message is opened, and only its person can press there', async () => {
    const { channel } = await w.client.conversations.open({ users: 'U0APPROVER' });
    const id = channel?.id ?? '';
    const blocks = buttonBlocks('Approve', 'approve');
    const { ts = '' } = await w.client.chat.postMessage({ channel: id, text: '?', blocks });
    const press = await w.ask('/sandbox/press', {
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
    expect(await errorOf(w.clientOf(token).auth.test())).toBe(error);
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
      message: { blocks: buttonBlocks('x'.repeat(76), 'a') },
      error: 'invalid_blocks',
    },
    {
      what: 'a long button value',
      message: { blocks: buttonBlocks('x', 'a', 'v'.repeat(2001)) },
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
    const call = w.client.apiCall('chat.postMessage', { channel: CHANNEL, ...message });
    expect(await errorOf(call)).toBe(error);
    expect(w.slack.messages()).toEqual([]);
  });

  test.each([
    { what: 'a long title', change: { title: { type: 'plain_text', text: 'x'.repeat(25) } } },
    { what: 'much private metadata', change: { private_metadata: 'x'.repeat(3001) } },
    { what: 'an unknown trigger', change: {}, error: 'invalid_trigger_id' },
  ])('a form with $what is refused', async ({ change, error = 'invalid_arguments' }) => {
    const view = { ...FORM, ...change };
    expect(await errorOf(w.client.apiCall('views.open', { trigger_id: '1.2.3', view }))).toBe(
      error,
    );
  });

  test('somebody else’s message cannot be edited, an unknown one and channel not found', async () => {
    const said = await w.ask('/sandbox/say', {
      user: 'U0OPERATOR',
      channel: CHANNEL,
      text: 'mine',
    });
    const { ts } = said.body as { ts: string };
    const update = (channel: string, of: string) =>
      errorOf(w.client.chat.update({ channel, ts: of, text: 'yours' }));
    expect(await update(CHANNEL, ts)).toBe('cant_update_message');
    expect(await update(CHANNEL, '1.000000')).toBe('message_not_found');
    expect(await update('C0NOWHERE', ts)).toBe('channel_not_found');
    expect(await errorOf(w.client.apiCall('chat.unheardOf'))).toBe('unknown_method');
  });

  test('with the rate limit on, the second message within a second is told to wait', async () => {
    await w.ask('/sandbox/faults', { rateLimit: true });
    await w.client.chat.postMessage({ channel: CHANNEL, text: '1' });
    await expect(w.client.chat.postMessage({ channel: CHANNEL, text: '2' })).rejects.toMatchObject({
      retryAfter: 1,
    });
    await w.ask('/sandbox/faults', {});
    await w.client.chat.postMessage({ channel: CHANNEL, text: '2' });
  });
});

describe('the effects', () => {
  const post = (key: string, text: string) =>
    w.client.chat.postMessage({
      channel: CHANNEL,
      text,
      metadata: { event_type: 'decision', event_payload: { key } },
    });
  const effects = () => readEffects(w.directory).map(({ key, count }) => `${key} ${count}`);

  test('a message written twice is seen to be, by its marker or by its content', async () => {
    await post('SHOP-1/spec', 'Approve?');
    await post('SHOP-1/spec', 'Approve, please?');
    await w.client.chat.postMessage({ channel: CHANNEL, text: 'hello' });
    await w.client.chat.postMessage({ channel: CHANNEL, text: 'hello' });
    expect(effects()).toEqual([
      'C0SHOPDEV/message/SHOP-1/spec 2',
      expect.stringMatching(/^C0SHOPDEV\/message\/[0-9a-f]{16} 2$/),
    ]);
  });

  test('an edit, an answer for one person and what people write are none', async () => {
    const { ts = '' } = await post('SHOP-1/spec', 'Approve?');
    await w.client.chat.update({ channel: CHANNEL, ts, text: 'Approved' });
    await w.client.chat.postEphemeral({ channel: CHANNEL, user: 'U0REVIEWER', text: 'too late' });
    await w.ask('/sandbox/say', { user: 'U0OPERATOR', channel: CHANNEL, text: 'hello' });
    expect(effects()).toEqual(['C0SHOPDEV/message/SHOP-1/spec 1']);
  });

  test('after a restart the messages are there and nothing is counted again', async () => {
    const { ts = '' } = await post('SHOP-1/spec', 'Approve?');
    await w.restart();
    const { messages } = await w.client.conversations.history({ channel: CHANNEL });
    expect(messages?.map((message) => message.ts)).toEqual([ts]);
    const { ts: later = '' } = await post('SHOP-1/review', 'Approve?');
    expect(later > ts).toBe(true);
    expect(effects()).toEqual([
      'C0SHOPDEV/message/SHOP-1/spec 1',
      'C0SHOPDEV/message/SHOP-1/review 1',
    ]);
  });
});
