import { createServer } from 'node:http';

import { createMetrics } from './metrics.js';
import { quoteFor } from './quotes.js';
import { Refused } from './refused.js';

/** The HTTP server. */
export function createApp({ version }) {
  const metrics = createMetrics();
  return createServer((request, response) => {
    const url = new URL(request.url, 'http://pricing');
    const route = `${request.method} ${url.pathname}`;
    if (route === 'GET /healthz') return send(response, 200, { status: 'ok', version });
    if (route === 'GET /metrics') return metrics.send(response);
    const startedAt = process.hrtime.bigint();
    const { status, body } = answer(route, url);
    send(response, status, body);
    metrics.observe(status, Number(process.hrtime.bigint() - startedAt) / 1e9);
  });
}

function answer(route, url) {
  try {
    if (route !== 'GET /quotes') return { status: 404, body: { error: 'There is no such page.' } };
    const quotes = url.searchParams.getAll('item').map(parseItem).map(quoteFor);
    return { status: 200, body: { currency: 'EUR', quotes } };
  } catch (error) {
    if (error instanceof Refused) return { status: error.status, body: { error: error.message } };
    console.error(`${route} failed: ${error.stack}`);
    return { status: 500, body: { error: 'The quote could not be worked out.' } };
  }
}

function parseItem(text) {
  const [, sku, digits] = /^([a-z-]{1,40}):(\d{1,4})$/.exec(text) ?? [];
  const quantity = Number(digits);
  if (!sku || quantity < 1) throw new Refused(422, 'An item is <article>:<quantity>.');
  return { sku, quantity };
}

function send(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
