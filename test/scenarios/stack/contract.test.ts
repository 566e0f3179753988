import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { runBaton, startBaton } from '../../stack/baton-command.ts';
import * as contract from '../../stack/contract.ts';
import { descendantsOf, processesAbout, stillRunning } from '../../stack/process-table.ts';
import { openSandbox, readSecrets, type Shop } from '../../stack/shop.ts';
import { waitUntil } from '../../stack/wait-until.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openSandbox('manual');
}, 60_000);
afterAll(() => shop.close(), 30_000);

const SECRETS = [
  'GITHUB_TOKEN',
  'GITHUB_WEBHOOK_SECRET',
  'JIRA_TOKEN',
  'JIRA_WEBHOOK_SECRET',
  'SLACK_APP_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
];
const TICKETS = ['SHOP-1', 'SHOP-2', 'SHOP-3', 'SHOP-4'];
const upArguments = (dataDirectory: string) => {
  const { config } = shop.addresses;
  return ['up', '--config', config, '--data-dir', dataDirectory, '--json'];
};
const gone = (what: string, about: () => readonly unknown[]) =>
  waitUntil(what, () => about().length === 0, { withinMs: 2_000, everyMs: 20 });

test('the sandbox prints one line and leaves a configuration and seven fresh secrets', () => {
  const { sandbox, addresses, secrets } = shop;
  expect(contract.onlyLine(sandbox.out(), contract.sandboxReady)).toEqual(addresses);
  expect(statSync(addresses.secrets).mode & 0o777).toBe(0o600);
  expect(Object.keys(secrets).toSorted()).toEqual(SECRETS);
  const values = Object.values(secrets);
  expect(new Set(values).size).toBe(SECRETS.length);
  expect(values.every((value) => value.length >= 16)).toBe(true);
  const config = parse(readFileSync(addresses.config, 'utf8')) as Record<string, unknown>;
  expect(config).toMatchObject({
    secrets: { file: addresses.secrets },
    gateway: { listen: expect.stringMatching(/^127\.0\.0\.1:[0-9]+$/) as unknown },
    tracker: { url: addresses.jira },
    agent: { kind: 'recorded' },
  });
  expect(readFileSync(addresses.config, 'utf8')).not.toContain(secrets.JIRA_TOKEN);
});

test('the stack needs nothing but the configuration, and prints one line when it is ready', async () => {
  const before = Date.now();
  const up = await shop.startUp();
  expect(Date.now() - before).toBeLessThan(15_000);
  expect(up.pid).toBe(up.process.pid);
  const { listen } = (parse(readFileSync(shop.addresses.config, 'utf8')) as Listening).gateway;
  expect(up.url).toBe(`http://${listen}`);
  expect((await fetch(`${up.url}/readyz`)).status).toBe(200);
  expect(contract.onlyLine(up.process.out(), contract.upReady).url).toBe(up.url);
}, 60_000);

interface Listening {
  readonly gateway: { readonly listen: string };
}

test('a second stack is refused with who is in its way: in the directory, at the port', async () => {
  const { pid, url } = shop.up;
  const inDirectory = await runBaton(upArguments(shop.stackDirectory));
  expect(inDirectory).toMatchObject({ code: 1, out: '' });
  expect(inDirectory.err).toContain(shop.stackDirectory);
  expect(inDirectory.err).toContain(String(pid));
  const atPort = await runBaton(upArguments(join(shop.directory, 'other')));
  expect(atPort).toMatchObject({ code: 1, out: '' });
  expect(atPort.err).toContain(`process ${pid}`);
  expect(atPort.err).toContain(new URL(url).host);
  for (const { err } of [inDirectory, atPort]) expect(err).not.toMatch(/\n\s+at /);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
}, 60_000);

test('a second sandbox in the same directory is refused and disturbs nothing', async () => {
  const second = await runBaton(['sandbox', '--data-dir', shop.sandboxDirectory, '--json']);
  expect(second).toMatchObject({ code: 1, out: '' });
  expect(second.err).toContain(shop.sandboxDirectory);
  expect(second.err).not.toMatch(/\n\s+at /);
  expect(await shop.requester.status('SHOP-1')).toBe('To Do');
}, 60_000);

test('no ticket moves before somebody moves it', async () => {
  const statuses = await Promise.all(TICKETS.map((key) => shop.requester.status(key)));
  expect(statuses).toEqual(TICKETS.map(() => 'To Do'));
  const { code, out } = await shop.baton('tickets', '--json');
  expect(code).toBe(0);
  expect(contract.onlyLine(out, contract.tickets)).toEqual({ tickets: [], next: null });
  expect(await shop.effects()).toEqual([]);
}, 60_000);

test('told to stop, the stack ends in order, says no more, and leaves no process behind', async () => {
  const { process: up } = shop.up;
  const children = descendantsOf(up.pid);
  expect(children.length).toBeGreaterThan(0);
  up.signal('SIGTERM');
  expect(await up.ended).toBe(0);
  expect(up.err()).not.toMatch(/While stopping|Unexpected|error|\n\s+at /i);
  expect(up.out().split('\n')).toHaveLength(2);
  await gone('the end of its children', () => stillRunning(children));
  expect(processesAbout(shop.stackDirectory)).toEqual([]);
}, 60_000);

test.each([
  ['the stack', 'signal'],
  ['its whole process group', 'signalGroup'],
] as const)(
  'a kill of %s leaves none of its children, and the directory is free',
  async (_, how) => {
    const { process: up } = await shop.startUp();
    const children = descendantsOf(up.pid);
    expect(children.length).toBeGreaterThan(0);
    up[how]('SIGKILL');
    await up.ended;
    await gone('the end of its children', () => stillRunning(children));
    await gone('the end of what works in its directory', () => processesAbout(shop.stackDirectory));
  },
  60_000,
);

test('a kill of the sandbox leaves none of its services, and it goes on where it was', async () => {
  await shop.requester.edit('SHOP-4', { summary: 'Written before the kill' });
  const { sandbox, addresses, secrets } = shop;
  const children = descendantsOf(sandbox.pid);
  expect(children.length).toBeGreaterThan(0);
  sandbox.signal('SIGKILL');
  await sandbox.ended;
  await gone('the end of its services', () => stillRunning(children));
  await gone('the end of what works in its directory', () => processesAbout(shop.sandboxDirectory));
  const again = await startBaton(['sandbox', '--data-dir', shop.sandboxDirectory, '--json']);
  try {
    expect(contract.sandboxReady.parse(JSON.parse(await again.firstLine()))).toEqual(addresses);
    expect(readSecrets(addresses.secrets)).toEqual(secrets);
    expect(await shop.requester.summary('SHOP-4')).toBe('Written before the kill');
    await waitUntil('its services', () => descendantsOf(again.pid).length >= children.length);
  } finally {
    again.signal('SIGTERM');
    expect(await again.ended).toBe(0);
  }
  expect(processesAbout(shop.sandboxDirectory)).toEqual([]);
}, 60_000);
