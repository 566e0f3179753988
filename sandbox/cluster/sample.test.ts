import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServiceProcess, type ServiceProcess } from './service-process.ts';
import { productionRequest } from './traffic-shapes.ts';

/** What the scenarios rely on: the recorded changes do what their tickets say, really. */

const SAMPLE = join(import.meta.dirname, '..', 'sample');
const CHANGES = [
  { ticket: 'SHOP-1', repository: 'checkout', round: 1 },
  { ticket: 'SHOP-2', repository: 'checkout', round: 1 },
  { ticket: 'SHOP-2', repository: 'checkout', round: 2 },
  { ticket: 'SHOP-3', repository: 'pricing', round: 1 },
  { ticket: 'SHOP-3', repository: 'checkout', round: 1 },
  { ticket: 'SHOP-4', repository: 'checkout', round: 1 },
] as const;
type Change = (typeof CHANGES)[number];

let directory: string;
let processes: ServiceProcess[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sample-'));
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  rmSync(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function run(cwd: string, command: string, args: string[], env = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    // Without what a test runner around this one puts into the environment.
    const clean = { PATH: process.env['PATH'] ?? '', ...env };
    execFile(command, args, { cwd, env: clean }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

function copyOf(repository: string): string {
  const tree = mkdtempSync(join(directory, `${repository}-`));
  cpSync(join(SAMPLE, 'repositories', repository), tree, { recursive: true });
  return tree;
}

async function apply(tree: string, { ticket, repository, round }: Change, ...flags: string[]) {
  const patch = join(SAMPLE, 'agent', ticket, repository, `${round}.patch`);
  const outcome = await run(tree, 'git', ['apply', ...flags, patch]);
  expect(outcome).toEqual({ code: 0, output: '' });
}

async function changed(change: Change): Promise<string> {
  const tree = copyOf(change.repository);
  await apply(tree, change);
  return tree;
}

const newTestOf = (tree: string, repository: string) =>
  readdirSync(join(tree, 'test')).filter(
    (name) => !existsSync(join(SAMPLE, 'repositories', repository, 'test', name)),
  );

async function counts(tree: string, file: string) {
  const { output } = await run(tree, process.execPath, ['--test-reporter=tap', join('test', file)]);
  return {
    passed: output.match(/^ok /gm)?.length ?? 0,
    failed: output.match(/^not ok /gm)?.length ?? 0,
  };
}

async function serve(tree: string, env: Record<string, string> = {}): Promise<string> {
  const one = startServiceProcess({ directory: tree, env, logFile: join(tree, 'log') });
  processes.push(one);
  expect(await one.becomesHealthy()).toBe(true);
  return `http://127.0.0.1:${one.port() ?? 0}`;
}

async function stopAll() {
  await Promise.all(processes.map((one) => one.stop()));
  processes = [];
}

/** The changed services of a ticket with their neighbours, and where each is reached. */
async function serveTicket(ticket: string, round: number) {
  const treeOf = async (repository: string) => {
    const change = CHANGES.find(
      (one) => one.ticket === ticket && one.repository === repository && one.round === round,
    );
    return change ? changed(change) : copyOf(repository);
  };
  const [pricing, checkout] = [await treeOf('pricing'), await treeOf('checkout')];
  const pricingUrl = await serve(pricing);
  const checkoutUrl = await serve(checkout, { PRICING_URL: pricingUrl });
  return [
    { repository: 'pricing', tree: pricing, url: pricingUrl },
    { repository: 'checkout', tree: checkout, url: checkoutUrl },
  ];
}

describe.each(CHANGES)('$ticket, round $round, in $repository', (change) => {
  test('every new test fails before the change and passes with it', async () => {
    const tree = await changed(change);
    const [file = ''] = newTestOf(tree, change.repository);
    const after = await counts(tree, file);
    expect(after.failed).toBe(0);
    expect(after.passed).toBeGreaterThanOrEqual(3);
    const base = copyOf(change.repository);
    cpSync(join(tree, 'test', file), join(base, 'test', file));
    // The tolerance for an old neighbour is new too.
    expect(await counts(base, file)).toEqual({ passed: 0, failed: after.passed });
  });
});

test('what fails in production passes continuous integration', async () => {
  const [, broken] = CHANGES;
  const { code, output } = await run(await changed(broken), './ci.sh', []);
  expect(code).toBe(0);
  expect(output).toMatch(/fail 0/);
});

test.each([
  { ticket: 'SHOP-1', round: 1 },
  { ticket: 'SHOP-2', round: 1 },
  { ticket: 'SHOP-2', round: 2 },
  { ticket: 'SHOP-3', round: 1 },
  { ticket: 'SHOP-4', round: 1 },
])(
  '$ticket, round $round: the check of each criterion passes on the running service, and the smoke check',
  async ({ ticket, round }) => {
    const served = await serveTicket(ticket, round);
    for (const { tree, url } of served) {
      const own = join('checks', ticket);
      const names = existsSync(join(tree, own)) ? readdirSync(join(tree, own)) : [];
      const checks = ['checks/smoke.js', ...names.map((name) => join(own, name))];
      const outcomes = await Promise.all(
        checks.map((check) => run(tree, process.execPath, [check], { BASE_URL: url })),
      );
      expect(outcomes.map(({ code, output }) => (code === 0 ? 0 : output))).toEqual(
        checks.map(() => 0),
      );
      if (names.length > 0) expect(names).toEqual(['AC-1.js', 'AC-2.js', 'AC-3.js']);
    }
    await stopAll();
  },
);

test('the check of each criterion fails on the service of before', async () => {
  const pricing = await serve(copyOf('pricing'));
  const checkout = await serve(copyOf('checkout'), { PRICING_URL: pricing });
  const outcomes = await Promise.all(
    CHANGES.map(async (change) => {
      const tree = await changed(change);
      const env = { BASE_URL: change.repository === 'pricing' ? pricing : checkout };
      const checks = ['AC-1', 'AC-2', 'AC-3'].map((id) => `checks/${change.ticket}/${id}.js`);
      return Promise.all(checks.map((check) => run(tree, process.execPath, [check], env)));
    }),
  );
  expect(outcomes.map((of) => of.map(({ code }) => code))).toEqual(CHANGES.map(() => [1, 1, 1]));
  await stopAll();
});

test.each([
  { round: 1, least: 0.15, most: 0.25 },
  { round: 2, least: 0, most: 0 },
])(
  'SHOP-2, round $round: production-shaped requests fail in between $least and $most of the cases',
  async ({ round, least, most }) => {
    const checkout = (await serveTicket('SHOP-2', round)).find(
      ({ repository }) => repository === 'checkout',
    );
    const chance = seeded(7);
    const statuses: number[] = [];
    for (let n = 0; n < 400; n += 1) {
      const {
        method,
        path,
        body = '',
      } = productionRequest('checkout', chance) ?? {
        method: 'GET',
        path: '/none',
      };
      const response = await fetch(new URL(path, checkout?.url), { method, body });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    const share = statuses.filter((status) => status >= 500).length / statuses.length;
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
    expect(statuses.filter((status) => status === 404)).toEqual([]);
    await stopAll();
  },
);

test('the changes go together in every order, and a reverted one can come again better', async () => {
  const inCheckout = CHANGES.filter(({ repository }) => repository === 'checkout');
  const [first, broken, mended, ...rest] = inCheckout;
  if (!first || !broken || !mended) throw new Error('the changes of checkout are missing');
  const tree = copyOf('checkout');
  await apply(tree, broken);
  await apply(tree, first);
  await apply(tree, broken, '--reverse');
  for (const change of [...rest, mended]) await apply(tree, change);
  expect(await run(tree, './ci.sh', [])).toMatchObject({ code: 0 });
  const pricing = CHANGES.find(({ repository }) => repository === 'pricing');
  const other = pricing && (await changed(pricing));
  expect(await run(other ?? '', './ci.sh', [])).toMatchObject({ code: 0 });

  const reversed = copyOf('checkout');
  for (const change of [mended, ...rest.toReversed(), first]) await apply(reversed, change);
  for (const file of ['shipping', 'delivery', 'lines', 'coupons']) {
    const name = join('src', `${file}.js`);
    expect(readFileSync(join(reversed, name), 'utf8')).toBe(readFileSync(join(tree, name), 'utf8'));
  }
});

test('every ticket but the unclear one says goal and criteria, and that one is answered by an edit', () => {
  const { tickets, edits } = JSON.parse(readFileSync(join(SAMPLE, 'tickets.json'), 'utf8')) as {
    tickets: { key: string; description: string; components: string[] }[];
    edits: Record<string, { description: string }>;
  };
  const isClear = (text: string) => /^Goal: /m.test(text) && /^Scenario: AC-1 /m.test(text);
  expect(tickets.filter(({ description }) => !isClear(description)).map(({ key }) => key)).toEqual([
    'SHOP-4',
  ]);
  expect(isClear(edits['SHOP-4']?.description ?? '')).toBe(true);
  for (const { key, components } of tickets) {
    expect(readdirSync(join(SAMPLE, 'agent', key)).sort()).toEqual(components.toSorted());
  }
});

/** The same sequence in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
