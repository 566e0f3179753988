import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEffects, readEffects } from '../effects.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { createRepositoryFixture, type RepositoryFixture } from './repository-fixture.ts';

const SERVICES = [
  { name: 'checkout', repository: 'shop/checkout' },
  { name: 'pricing', repository: 'shop/pricing' },
];
const ORDER = JSON.stringify({
  items: [{ sku: 'book', quantity: 4 }],
  address: { country: 'DE', postcode: '10115' },
});

interface Described {
  url: string;
  stable: { version: string; release: { commit: string } };
  candidate: { version: string; release: { commit: string }; weight: number } | null;
}
interface Running {
  environment: string;
  service: string;
  version: string;
  pid: number;
}

let directory: string;
let fixture: RepositoryFixture;
let cluster: Cluster;

const open = (port: number) =>
  startCluster({
    dataDir: directory,
    port,
    effects: openEffects(directory),
    repositoriesDir: fixture.repositoriesDir,
    services: SERVICES,
  });

async function ask(request: object): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify(request);
  const response = await fetch(`${cluster.url}/command`, { method: 'POST', body });
  return { status: response.status, body: await response.json() };
}

const on = (environment: string) => ({ environment, service: 'checkout', key: 'test' });
const described = async (request: object) => (await ask(request)).body as Described;
const state = (environment = 'production') =>
  described({ action: 'describe', environment, service: 'checkout' });
const release = (commit: string, service = 'checkout') => ({
  service,
  repository: `shop/${service}`,
  commit,
  configHash: 'sha256:00',
  flags: {},
  secrets: {},
  schemaPhase: 'none',
});
const effects = () => readEffects(directory).map(({ key, count }) => `${key} ${count}`);
const processes = async () =>
  (await (await fetch(`${cluster.url}/sandbox/processes`)).json()) as Running[];

async function totals(url: string) {
  const response = await fetch(`${url}/totals`, { method: 'POST', body: ORDER });
  const body = (await response.json()) as { shippingCents: number };
  return { servedBy: response.headers.get('x-served-by'), ...body };
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cluster-'));
  fixture = createRepositoryFixture(directory);
  cluster = await open(0);
}, 30_000);

afterAll(async () => {
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a release that is rolled out', () => {
  let commit: string;
  let before: Described;
  beforeAll(async () => {
    commit = fixture.commit('checkout', { patches: ['SHOP-1/checkout/1.patch'] });
    before = await state();
  });

  test('production first runs every default branch as v1', () => {
    expect(before).toMatchObject({ stable: { version: 'v1' }, candidate: null });
  });

  test('deployed twice it is one candidate, without traffic', async () => {
    const request = { action: 'deploy', ...on('production'), release: release(commit) };
    const [first, second] = await Promise.all([described(request), described(request)]);
    expect(first.candidate).toMatchObject({ version: 'v2', weight: 0, release: { commit } });
    expect(second).toEqual(first);
    expect((await totals(first.url)).servedBy).toBe('v1');
  });

  test('another candidate beside it is a conflict', async () => {
    const other = fixture.commit('checkout', { patches: ['SHOP-4/checkout/1.patch'] });
    const answer = await ask({ action: 'deploy', ...on('production'), release: release(other) });
    expect(answer).toMatchObject({ status: 409, body: { error: { kind: 'conflict' } } });
  });

  test('its weight is set only from the state that was seen', async () => {
    const set = { action: 'weight', ...on('production'), version: 'v2', percent: 30 };
    const expected = { stable: 'v1', candidate: 'v2', weight: 0 };
    const stale = await ask({ ...set, expect: { ...expected, weight: 10 } });
    expect(stale).toMatchObject({ status: 409, body: { error: { kind: 'conflict' } } });
    expect((await described({ ...set, expect: expected })).candidate?.weight).toBe(30);
    // Asked again by somebody whose first answer was lost.
    expect((await ask({ ...set, expect: expected })).status).toBe(200);
  });

  test('it gets its share of the real requests and exports its own metrics', async () => {
    const answers = await Promise.all(Array.from({ length: 400 }, () => totals(before.url)));
    const share = answers.filter(({ servedBy }) => servedBy === 'v2').length / 400;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
    expect(new Set(answers.map((one) => `${one.servedBy} ${one.shippingCents}`))).toEqual(
      new Set(['v1 490', 'v2 0']),
    );
    const metrics = await fetch(`${cluster.url}/metrics/production/checkout/v2`);
    expect(await metrics.text()).toMatch(/http_requests_total\{code="200"\} \d+/);
    const missing = await fetch(`${cluster.url}/metrics/production/checkout/v9`);
    expect(missing.status).toBe(404);
  });

  test('after a restart everything that was wanted runs again at the same addresses', async () => {
    const port = Number(new URL(cluster.url).port);
    const seen = effects();
    await cluster.close();
    cluster = await open(port);
    expect(await state()).toMatchObject({ url: before.url, candidate: { weight: 30 } });
    const answers = await Promise.all(Array.from({ length: 60 }, () => totals(before.url)));
    expect(new Set(answers.map(({ servedBy }) => servedBy))).toEqual(new Set(['v1', 'v2']));
    expect(effects()).toEqual(seen);
  });

  test('promoted it has all the traffic and the old version is stopped', async () => {
    const request = { action: 'promote', ...on('production'), version: 'v2' };
    await ask(request);
    expect(await described(request)).toMatchObject({
      stable: { version: 'v2' },
      candidate: null,
    });
    expect((await totals(before.url)).servedBy).toBe('v2');
    const versions = (await processes()).map(({ service, version }) => `${service} ${version}`);
    expect(versions).toEqual(['checkout v2', 'pricing v1']);
  });

  test('the release of before is restored under its old name', async () => {
    const request = {
      action: 'restore',
      ...on('production'),
      release: before.stable.release,
    };
    await ask(request);
    expect(await described(request)).toMatchObject({ stable: { version: 'v1' }, candidate: null });
    expect(await totals(before.url)).toMatchObject({ servedBy: 'v1', shippingCents: 490 });
  });

  test('each thing that came about is in the effects once', () => {
    expect(effects()).toEqual([
      'checkout/v2/deployed 1',
      'checkout/v2/weight/30 1',
      'checkout/v2/promoted 1',
      'checkout/v1/restored-from/v2 1',
    ]);
  });
});

test('a candidate that does not start is rejected with its last words, and leaves nothing', async () => {
  const commit = fixture.commit('checkout', {
    files: { 'src/server.js': "throw new Error('no database');" },
  });
  const answer = await ask({ action: 'deploy', ...on('production'), release: release(commit) });
  expect(answer).toMatchObject({ status: 422, body: { error: { kind: 'rejected' } } });
  expect((await state()).candidate).toBeNull();
  expect((await processes()).map(({ version }) => version)).toEqual(['v1', 'v1']);
});

test('an unknown commit, service and environment are not found', async () => {
  const unknown = release('0'.repeat(40));
  const answers = await Promise.all([
    ask({ action: 'deploy', ...on('production'), release: unknown }),
    ask({ action: 'describe', environment: 'production', service: 'billing' }),
    ask({ action: 'describe', environment: 'staging', service: 'checkout' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
});

test('what is not a request of the protocol is rejected with a sentence', async () => {
  const answer = await ask({ action: 'promote', environment: 'production' });
  expect(answer).toMatchObject({ status: 422, body: { error: { kind: 'rejected' } } });
});

test('a process that dies is started again', async () => {
  const first = (await processes()).find(({ service }) => service === 'pricing');
  process.kill(-(first?.pid ?? 0), 'SIGKILL');
  await until(async () => {
    const now = (await processes()).find(({ service }) => service === 'pricing');
    return now?.pid !== first?.pid && (await totals((await state()).url)).shippingCents === 490;
  });
});

describe('an environment of its own', () => {
  const name = 'shop-1-1';
  test('it runs what was named and production for the rest, apart from production', async () => {
    const commit = fixture.commit('checkout', { patches: ['SHOP-1/checkout/1.patch'] });
    const request = {
      action: 'create',
      environment: name,
      owner: 'SHOP-1',
      ttlSeconds: 600,
      services: [release(commit)],
      key: 'test',
    };
    const first = await ask(request);
    expect(first.body).toMatchObject({
      environment: name,
      services: [{ service: 'checkout' }, { service: 'pricing' }],
    });
    expect(await ask(request)).toEqual(first);
    expect((await totals((await state(name)).url)).shippingCents).toBe(0);
    expect((await totals((await state()).url)).shippingCents).toBe(490);
    expect((await ask({ action: 'list' })).body).toMatchObject({
      environments: [{ environment: name, owner: 'SHOP-1' }],
    });
  });

  test('destroyed it is gone with its processes, once', async () => {
    await ask({ action: 'destroy', environment: name, key: 'test' });
    await ask({ action: 'destroy', environment: name, key: 'test' });
    expect((await ask({ action: 'list' })).body).toEqual({ environments: [] });
    expect((await processes()).map(({ environment }) => environment)).toEqual([
      'production',
      'production',
    ]);
    expect(effects().slice(-2)).toEqual([`env/${name}/created 1`, `env/${name}/destroyed 1`]);
  });

  test('its time over, it is destroyed without being asked', async () => {
    const request = { environment: 'short', owner: 'SHOP-1', services: [], key: 'test' };
    await ask({ action: 'create', ttlSeconds: 0.1, ...request });
    await until(async () => {
      const { environments } = (await ask({ action: 'list' })).body as { environments: unknown[] };
      return environments.length === 0;
    });
  });

  test('production is nobody’s to destroy', async () => {
    const answer = await ask({ action: 'destroy', environment: 'production', key: 'test' });
    expect(answer.status).toBe(422);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
