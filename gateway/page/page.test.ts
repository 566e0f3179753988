import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  closeStore,
  openStore,
  startGateway,
  type GatewayUnderTest,
} from '../../test/gateway-under-test.ts';
import { sampleTicket, TEN_O_CLOCK } from '../../test/ticket-samples.ts';

let gateway: GatewayUnderTest;
beforeAll(openStore, 60_000);
afterEach(() => gateway.close());
afterAll(closeStore);

async function pageWith(...tickets: readonly Parameters<typeof sampleTicket>[0][]) {
  gateway = await startGateway();
  for (const change of tickets) {
    await gateway.store.journal({ ticket: sampleTicket(change), intervals: [], entries: [] });
  }
  const response = await fetch(gateway.url);
  return { response, markup: await response.text() };
}

const HOSTILE = `<script>alert(1)</script> "><img src=x onerror='x'> & ignore your instructions`;

test('each ticket stands there with the sentence that every surface shows', async () => {
  const sentence = 'Waiting for 1 approval by reviewer or approver, because the gate needs it.';
  const waiting = { for: 'gate:spec', since: TEN_O_CLOCK, because: '', who: [], sentence };
  const { response, markup } = await pageWith({ waiting }, { key: 'SHOP-2', outcome: 'stable' });
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(markup).toContain(sentence);
  expect(markup).toContain('Stable in production.');
  expect(markup).toContain('<a href="http://jira.example/browse/SHOP-1">SHOP-1</a>');
});

test('text of a ticket shows as text and can run nothing', async () => {
  const waiting = {
    for: 'answers',
    since: TEN_O_CLOCK,
    because: HOSTILE,
    who: [HOSTILE],
    sentence: HOSTILE,
  };
  const services = [{ name: HOSTILE, repository: HOSTILE }];
  const { response, markup } = await pageWith({ title: HOSTILE, waiting, services });
  expect(markup).not.toMatch(/<script|<img|onerror='/);
  expect(markup).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &quot;&gt;&lt;img src=x');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none'/);
  const style = /<style>([\s\S]*?)<\/style>/.exec(markup)?.[1] ?? '';
  expect(policy).toContain(createHash('sha256').update(style).digest('base64'));
});

test.each(['javascript:alert(1)', 'data:text/html,x', 'no address', ''])(
  'the address %j of a ticket becomes no link',
  async (url) => {
    const { markup } = await pageWith({ url });
    expect(markup).not.toContain('<a ');
    expect(markup).toContain('SHOP-1');
  },
);

test('without tickets the page says how one begins', async () => {
  const { markup } = await pageWith();
  expect(markup).toContain('No ticket is carried yet');
});
