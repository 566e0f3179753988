import { Agent, get } from 'node:http';

import { Refused } from './refused.js';

const TIMEOUT_MS = 2000;

/** Asks pricing what the items of a basket cost. */
export function createPricingClient(baseUrl) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    async quote(items) {
      const url = new URL('/quotes', baseUrl);
      for (const { sku, quantity } of items) url.searchParams.append('item', `${sku}:${quantity}`);
      const { status, body } = await fetchJson(url, agent);
      if (status === 422) throw new Refused(422, body.error);
      if (status !== 200) throw new Refused(503, 'Prices are not available at the moment.');
      return body.quotes;
    },
    close() {
      agent.destroy();
    },
  };
}

function fetchJson(url, agent) {
  return new Promise((resolve) => {
    const unavailable = () => resolve({ status: 503, body: {} });
    const request = get(url, { agent, timeout: TIMEOUT_MS }, async (response) => {
      try {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks)) });
      } catch {
        unavailable();
      }
    });
    request.on('timeout', () => request.destroy());
    request.on('error', unavailable);
  });
}
