import { expect, test } from '@jest/globals';
import { CHANNEL, createSlackFixture, SLACK_SECRETS } from '../../sandbox/slack/slack-fixture.ts';
import { failureConformance, SHORT_TIMEOUT_MS, startRecordedVendor } from '../conformance.ts';
import { toBlockKit } from './block-kit.ts';
import { cardOf, chatConformance } from './conformance.ts';
import { createSlackChat } from './slack.ts';

/** Everything below that is a text, in order. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'text' && typeof inner === 'string' ? [inner] : textsOf(inner),
  );
}

function buttonsOf(value: unknown): { action: string; value: string }[] {
  if (Array.isArray(value)) return value.flatMap(buttonsOf);
  if (typeof value !== 'object' || value === null) return [];
  const one = value as Readonly<Record<string, unknown>>;
  if (one['type'] === 'button')
    return [{ action: String(one['action_id']), value: String(one['value']) }];
  return Object.values(one).flatMap(buttonsOf);
}

chatConformance('Slack', async () => {
  const fixture = await createSlackFixture();
  const apiUrl = `${fixture.slack.url}/api`;
  return {
    chat: createSlackChat({ apiUrl, token: SLACK_SECRETS.SLACK_BOT_TOKEN, channel: CHANNEL }),
    messages: async () =>
      fixture.slack.messages().map((message) => ({
        id: message.ts,
        words: textsOf(message.blocks).join('\n'),
        buttons: buttonsOf(message.blocks),
        thread: message.thread_ts ?? null,
      })),
    remove: async ({ channel, id }) => {
      await fixture.client.chat.delete({ channel, ts: id });
    },
    close: () => fixture.close(),
  };
});

failureConformance('the Slack adapter', ({ url, credential, signal }) =>
  createSlackChat({
    apiUrl: `${url}/api/`,
    token: credential,
    channel: CHANNEL,
    timeoutMs: SHORT_TIMEOUT_MS,
  }).post({
    marker: 'm',
    card: cardOf('x'),
    thread: null,
    ...(signal && { signal }),
  }),
);

test.each([
  ['invalid_auth', 'NotAuthorized'],
  ['missing_scope', 'NotAuthorized'],
  ['channel_not_found', 'IntegrationRejected'],
  ['not_in_channel', 'IntegrationRejected'],
  ['internal_error', 'IntegrationUnavailable'],
  ['fatal_error', 'IntegrationUnavailable'],
  ['ratelimited', 'RateLimited'],
])('Slack says %s: %s', async (error, kind) => {
  const vendor = await startRecordedVendor(() => ({ status: 200, body: { ok: false, error } }));
  const chat = createSlackChat({ apiUrl: vendor.url, token: 'token', channel: CHANNEL });
  await expect(chat.post({ marker: 'm', card: cardOf('x'), thread: null })).rejects.toMatchObject({
    kind,
    message: expect.stringContaining(error),
  });
  await vendor.close();
});

test('markup of a ticket stays text: in the blocks as it is, in the notification escaped', () => {
  const hostile = '<!channel> <@U0REVIEWER> <https://evil.example|click> *bold* & :tada: `code`';
  const { blocks, text } = toBlockKit({
    title: hostile,
    parts: [
      { kind: 'text', text: hostile },
      { kind: 'quote', text: hostile },
      { kind: 'list', items: [hostile] },
    ],
    actions: [],
    footer: hostile,
  });
  expect(JSON.stringify(blocks)).not.toContain('mrkdwn');
  expect(textsOf(blocks).every((one) => one.trim() === hostile)).toBe(true);
  expect(text).not.toMatch(/[<>]/);
  expect(text).toContain('&lt;!channel&gt;');
});

test('only the card’s own link is a link', () => {
  const { blocks } = toBlockKit({
    title: 't',
    parts: [{ kind: 'link', label: 'the <evil|packet>', url: 'https://baton.example/p?a=1&b=2' }],
    actions: [],
    footer: null,
  });
  expect(JSON.stringify(blocks)).toContain(
    '{"type":"link","url":"https://baton.example/p?a=1&b=2","text":"the <evil|packet>"}',
  );
});
