import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { config, secrets } from '../domain/config.schema.ts';
import { readEffects, startSandbox, type Sandbox } from './sandbox.ts';

let dataDir: string;
let sandbox: Sandbox | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
});

afterEach(async () => {
  await sandbox?.close();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

const start = async () => (sandbox = await startSandbox({ dataDir, people: 'manual' }));
const read = (file: string) => readFileSync(file, 'utf8');

test('it writes a complete configuration and secrets that only their owner reads', async () => {
  const { ready } = await start();
  const written = config.parse(parse(read(ready.config)));
  expect(written.tracker.url).toBe(ready.jira);
  expect(written.forge.apiUrl).toBe(`${ready.github}/api/v3`);
  expect(written.chat.apiUrl).toBe(`${ready.slack}/api/`);
  expect(written.secrets.file).toBe(ready.secrets);
  expect(written.services.map(({ name }) => name)).toEqual(['checkout', 'pricing']);
  expect(statSync(ready.secrets).mode & 0o777).toBe(0o600);
  const lines = read(ready.secrets).trim().split('\n');
  const drawn = secrets.parse(Object.fromEntries(lines.map((line) => line.split('='))));
  expect(new Set(Object.values(drawn)).size).toBe(7);
}, 30_000);

test('its tickets wait in To Do, and nothing has happened yet', async () => {
  const { ready } = await start();
  const token = /^JIRA_TOKEN=(.*)$/m.exec(read(ready.secrets))?.[1] ?? '';
  const answer = await fetch(`${ready.jira}/rest/api/3/search/jql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ jql: 'status = "To Do"', fields: ['status'] }),
  });
  const { issues } = (await answer.json()) as { issues: { key: string }[] };
  expect(issues.map(({ key }) => key)).toEqual(['SHOP-1', 'SHOP-2', 'SHOP-3', 'SHOP-4']);
  const notOurs = readEffects(dataDir).filter(({ system }) => system !== 'cluster');
  expect(notOurs).toEqual([]);
}, 30_000);

test('started again on its directory it is the same, and a second one is refused', async () => {
  const first = (await start()).ready;
  const contents = [read(first.config), read(first.secrets)];
  await expect(startSandbox({ dataDir, people: 'manual' })).rejects.toThrow('is taken');
  await sandbox?.close();
  const second = (await start()).ready;
  expect(second).toEqual(first);
  expect([read(second.config), read(second.secrets)]).toEqual(contents);
}, 30_000);
