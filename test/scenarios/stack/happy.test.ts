import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import canonicalizeModule from 'canonicalize';
import { z } from 'zod';
import { runBaton } from '../../stack/baton-command.ts';
import * as contract from '../../stack/contract.ts';
import { HAPPY_EFFECTS, named } from '../../stack/happy-effects.ts';
import { residentBytes } from '../../stack/process-table.ts';
import { openShop, type Shop } from '../../stack/shop.ts';
import { waitUntil } from '../../stack/wait-until.ts';

const KEY = 'SHOP-1';
// Its types say `export default`; what Node imports is the function itself.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string;
let shop: Shop;
let ended: contract.Ticket;

/** The way of the first ticket, driven by nothing but the tracker and looked at by nothing but the command. */
beforeAll(async () => {
  shop = await openShop('auto');
  await shop.requester.move(KEY, 'Ready for build');
  const look = async () => {
    const { code, out } = await shop.baton('ticket', KEY, '--json');
    if (code !== 0) return null; // its webhook is on the way
    const shown = contract.onlyLine(out, contract.ticket);
    return shown.outcome === null ? null : shown;
  };
  ended = await waitUntil(`the end of ${KEY}`, look, { withinMs: 90_000, everyMs: 1_000 });
}, 150_000);
afterAll(() => shop.close(), 30_000);

test('the ticket is stable and waits for nothing', () => {
  expect(ended).toMatchObject({
    key: KEY,
    title: 'Free shipping from 50 EUR on',
    stage: 'monitoring',
    round: 1,
    outcome: 'stable',
    waiting: null,
  });
  expect(ended.endedAt).not.toBeNull();
});

test('the outside saw each effect exactly once, and no other', async () => {
  expect(named(await shop.effects())).toEqual(HAPPY_EFFECTS);
  expect(await shop.requester.status(KEY)).toBe('Done');
}, 30_000);

test('the list has the ticket that has a workflow, and no other', async () => {
  const { code, out } = await shop.baton('tickets', '--json');
  expect(code).toBe(0);
  const { tickets, next } = contract.onlyLine(out, contract.tickets);
  expect(tickets.map(({ key, outcome }) => [key, outcome])).toEqual([[KEY, 'stable']]);
  expect(next).toBeNull();
}, 30_000);

test('the stages follow each other without a gap and add up to the wall time', async () => {
  const history = await fetch(`${shop.up.url}/api/tickets/${KEY}/history`);
  const { stages } = z
    .object({ stages: z.array(contract.stageInterval) })
    .parse(await history.json());
  const names = ['spec', 'code', 'review', 'verification', 'canary', 'monitoring'];
  expect(stages.map(({ stage, round }) => `${stage} ${round}`)).toEqual(names.map((n) => `${n} 1`));
  expect(stages[0]?.startedAt).toBe(ended.startedAt);
  stages.forEach(({ startedAt, endedAt, workingMs, waitingMs }, index) => {
    expect(endedAt).toBe(stages[index + 1]?.startedAt ?? ended.endedAt);
    expect(workingMs + waitingMs).toBe(Date.parse(endedAt ?? '') - Date.parse(startedAt));
  });
  const approved = stages.filter(({ stage }) => /spec|review|verification/.test(stage));
  expect(approved.every(({ waitingMs }) => waitingMs > 0)).toBe(true);
}, 30_000);

const packetShape = z.looseObject({
  format: z.literal('baton-packet/1'),
  version: z.int(),
  previous: contract.hash.nullable(),
  ticket: z.strictObject({ key: z.literal(KEY), title: z.string(), url: z.url() }),
});

async function readPacket(...version: readonly string[]) {
  const { code, out } = await shop.baton('packet', KEY, ...version, '--json');
  expect(code).toBe(0);
  const packet = contract.onlyLine(out, packetShape);
  const text = canonicalize(packet);
  return { packet, hash: `sha256:${createHash('sha256').update(text).digest('hex')}` };
}

test('every packet is addressed by the hash of its canonical text and names the one before', async () => {
  const newest = await readPacket();
  expect(newest).toMatchObject({
    hash: ended.packet?.hash,
    packet: { version: ended.packet?.version },
  });
  let { previous } = newest.packet;
  for (let version = newest.packet.version - 1; version >= 1; version -= 1) {
    const older = await readPacket('--version', String(version));
    expect(older).toMatchObject({ hash: previous, packet: { version } });
    previous = older.packet.previous;
  }
  expect(previous).toBeNull();
  expect(await shop.baton('packet', KEY, '--version', '99')).toMatchObject({ code: 1, out: '' });
}, 60_000);

test('the audit log holds', async () => {
  const { code, out } = await shop.baton('audit', 'verify', '--json');
  expect(code).toBe(0);
  const shape = z.strictObject({ valid: z.literal(true), entries: z.int().min(20) });
  contract.onlyLine(out, shape);
}, 30_000);

test('at most 400 history events were recorded, and they replay', async () => {
  const directory = join(shop.directory, 'histories');
  const recorded = await shop.baton('history', KEY, '--out', directory, '--json');
  expect(recorded.code).toBe(0);
  const shape = z.looseObject({ events: z.int().positive() });
  expect(contract.onlyLine(recorded.out, shape).events).toBeLessThanOrEqual(400);
  expect(readdirSync(directory).length).toBeGreaterThanOrEqual(6 + 4); // six stages, four children
  const replayed = await runBaton(['replay', directory, '--json']);
  expect(replayed).toMatchObject({ code: 0 });
}, 90_000);

test('worker, gateway and store take at most 600 MB', () => {
  expect(residentBytes(shop.up.pid) / 1024 ** 2).toBeLessThanOrEqual(600);
});
