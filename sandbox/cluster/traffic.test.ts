import { expect, test } from '@jest/globals';
import { startHttpServer } from '../http-server.ts';
import { initialClusterState, newService, PRODUCTION } from './state.ts';
import { createTrafficRate } from './traffic-rate.ts';
import { startTraffic } from './traffic.ts';

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('requests come at the rate that is asked for, and their answers are counted', async () => {
  let status = 200;
  const server = await startHttpServer({
    port: 0,
    routes: {},
    fallback: () => ({ status }),
  });
  let rate = 0;
  const traffic = startTraffic([
    { service: 'checkout', url: server.url, requestsPerSecond: () => rate },
  ]);
  rate = 400;
  const startedAt = Date.now();
  await until(() => (traffic.counts('checkout')['200'] ?? 0) >= 100);
  expect(Date.now() - startedAt).toBeGreaterThan(150);
  status = 500;
  await until(() => (traffic.counts('checkout')['500'] ?? 0) > 0);
  await server.close();
  await until(() => (traffic.counts('checkout')['0'] ?? 0) > 0);
  traffic.stop();
});

const RELEASE = {
  service: 'checkout',
  repository: 'shop/checkout',
  commit: '0'.repeat(40),
  configHash: '',
  flags: {},
  secrets: {},
  schemaPhase: 'none',
};

test('customers come when production changes, and stay for a while', () => {
  const value = initialClusterState();
  const checkout = newService(1, RELEASE);
  value.environments[PRODUCTION] = {
    owner: 'shop',
    createdAt: '',
    expiresAt: null,
    ready: true,
    services: { checkout },
  };
  const rate = createTrafficRate({ value });
  const quiet = rate.of('checkout');
  checkout.candidate = { version: 'v2', release: RELEASE, weight: 0, deployed: true };
  const busy = rate.of('checkout');
  expect(busy).toBeGreaterThan(quiet * 10);
  checkout.candidate = null;
  value.changedAt = Date.now() - 60_000;
  expect(rate.of('checkout')).toBe(busy);
  value.changedAt = Date.now() - 60 * 60_000;
  expect(rate.of('checkout')).toBe(quiet);
  rate.set(7);
  expect(rate.of('checkout')).toBe(7);
});
