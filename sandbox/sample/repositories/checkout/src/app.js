import { createServer } from 'node:http';

import { Refused } from './refused.js';
import { createMetrics } from './metrics.js';
import { totalsOf } from './totals.js';

const MAX_BODY_BYTES = 64 * 1024;

/** The HTTP server. `quote(items)` answers what pricing says about the items. */
export function createApp({ version, quote }) {
  const metrics = createMetrics();
  return createServer(async (request, response) => {
    const route = `${request.method} ${request.url.split('?')[0]}`;
    if (route === 'GET /healthz') return send(response, 200, { status: 'ok', version });
    if (route === 'GET /metrics') return metrics.send(response);
    const startedAt = process.hrtime.bigint();
    const { status, body } = await answer(route, request, quote);
    send(response, status, body);
    metrics.observe(status, Number(process.hrtime.bigint() - startedAt) / 1e9);
  });
}

async function answer(route, request, quote) {
  try {
    if (route !== 'POST /totals') return { status: 404, body: { error: 'There is no such page.' } };
    const order = await readOrder(request);
    return { status: 200, body: await totalsOf(order, quote) };
  } catch (error) {
    if (error instanceof Refused) return { status: error.status, body: { error: error.message } };
    console.error(`${route} failed: ${error.stack}`);
    return { status: 500, body: { error: 'The total could not be worked out.' } };
  }
}

async function readOrder(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Refused(413, 'The order is too large.');
    chunks.push(chunk);
  }
  return parseOrder(Buffer.concat(chunks).toString('utf8'));
}

function parseOrder(text) {
  let order;
  try {
    order = JSON.parse(text);
  } catch {
    throw new Refused(400, 'The order is not valid JSON.');
  }
  if (!Array.isArray(order?.items) || order.items.length === 0) {
    throw new Refused(422, 'The basket is empty.');
  }
  return order;
}

function send(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
