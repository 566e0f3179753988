import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { createApp } from '../src/app.js';

const quote = async (items) =>
  items.map(({ sku, quantity }) => ({ sku, quantity, unitCents: 990, lineCents: 990 * quantity }));

const app = createApp({ version: 'test', quote });
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

const order = (body) => fetch(`${baseUrl}/totals`, { method: 'POST', body });

test('it says that it is healthy, and which version it is', async () => {
  const response = await fetch(`${baseUrl}/healthz`);
  assert.deepEqual(await response.json(), { status: 'ok', version: 'test' });
});

test('it works out the total of a basket', async () => {
  const address = { country: 'DE', postcode: '10115' };
  const response = await order(JSON.stringify({ items: [{ sku: 'mug', quantity: 3 }], address }));
  assert.equal(response.status, 200);
  assert.equal((await response.json()).goodsCents, 2970);
});

test('it refuses what is not an order', async () => {
  assert.equal((await order('{')).status, 400);
  assert.equal((await order('{"items":[]}')).status, 422);
  assert.equal((await order('x'.repeat(70_000))).status, 413);
});

test('it counts its answers by status code', async () => {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  assert.match(text, /http_requests_total\{code="200"\} 1\n/);
  assert.match(text, /http_request_duration_seconds_count 4\n/);
});
