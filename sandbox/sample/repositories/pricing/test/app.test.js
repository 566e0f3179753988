import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { createApp } from '../src/app.js';

const app = createApp({ version: 'test' });
let baseUrl;
before(async () => {
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  baseUrl = `http://127.0.0.1:${app.address().port}`;
});
after(() => {
  app.close();
  app.closeAllConnections();
});

const quotes = (query) => fetch(`${baseUrl}/quotes?${query}`);

test('it says that it is healthy, and which version it is', async () => {
  const response = await fetch(`${baseUrl}/healthz`);
  assert.deepEqual(await response.json(), { status: 'ok', version: 'test' });
});

test('it quotes every item, in order', async () => {
  const response = await quotes('item=mug:2&item=book:1');
  assert.equal(response.status, 200);
  const body = await response.json();
  assert.deepEqual(
    body.quotes.map(({ sku, lineCents }) => [sku, lineCents]),
    [
      ['mug', 1980],
      ['book', 1250],
    ],
  );
});

test('it refuses an unknown article and an item that is none', async () => {
  assert.equal((await quotes('item=unicorn:1')).status, 422);
  assert.equal((await quotes('item=mug:0')).status, 422);
  assert.equal((await quotes('item=mug')).status, 422);
});

test('it counts its answers by status code', async () => {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  assert.match(text, /http_requests_total\{code="200"\} 1\n/);
  assert.match(text, /http_requests_total\{code="422"\} 3\n/);
});
