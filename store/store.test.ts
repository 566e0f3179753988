import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Approval } from '../domain/packet.schema.ts';
import type { TicketRow } from '../domain/ticket.ts';
import { onBothEngines } from '../test/store-engines.ts';
import { sampleEntry, sampleInterval, sampleTicket, TEN_O_CLOCK } from '../test/ticket-samples.ts';
import { hashOf } from './content-hash.ts';
import type { Database } from './database.ts';
import { InvalidCursor, StoreError } from './errors.ts';
import { migrate } from './migrate.ts';
import type { InboxDelivery, Store } from './port.ts';
import { createStore } from './store.ts';
import { inTransaction } from './transactions.ts';

const approval: Approval = {
  gate: 'spec',
  by: 'approver',
  contentHash: hashOf('spec'),
  channel: 'slack',
  at: '2026-11-20T10:05:00.123Z',
};

// Databases are made and opened: seconds where the machine is busy.
jest.setTimeout(30_000);

await onBothEngines((engine) => {
  let database: Database;
  let store: Store;

  beforeAll(async () => {
    database = await engine.open();
    store = createStore(database);
  });
  afterAll(async () => {
    await store.close();
    await engine.close();
  });

  const write = (ticket: TicketRow, entry: string, intervals = [sampleInterval()]) =>
    store.journal({ ticket, intervals, entries: [sampleEntry(entry, { ticket: ticket.key })] });

  test('a ticket comes back as it was written; an unknown one is null', async () => {
    const ticket = sampleTicket({
      key: 'BACK-1',
      approvals: [approval],
      services: [{ name: 'checkout', repository: 'shop/checkout' }],
    });
    await write(ticket, 'back-1');
    expect(await store.readTicket('BACK-1')).toEqual(ticket);
    expect(await store.readTicket('BACK-2')).toBeNull();
    expect(await store.readTicket('BACK\0-1')).toBeNull();
  });

  test('an older revision changes neither row, nor intervals, nor board, but its entries are kept', async () => {
    const newer = sampleTicket({ key: 'OLD-1', revision: 5, stage: 'code' });
    await write(newer, 'old-5', [sampleInterval({ endedAt: TEN_O_CLOCK + 7, workingMs: 7 })]);
    const board = await store.readBoard();
    await write({ ...newer, revision: 4, stage: 'spec' }, 'old-4');
    await write({ ...newer, title: 'same revision' }, 'old-4');
    expect(await store.readTicket('OLD-1')).toEqual(newer);
    expect(await store.readIntervals('OLD-1')).toMatchObject([{ workingMs: 7 }]);
    expect(await store.readBoard()).toEqual(board);
    const entries = await store.auditAfter(0, 100, 'OLD-1');
    expect(entries.map((e) => e.id)).toEqual(['old-5', 'old-4']);
  });

  test('intervals come back in their order and follow the newest write', async () => {
    const closed = sampleInterval({ endedAt: TEN_O_CLOCK + 1_001, workingMs: 1, waitingMs: 1_000 });
    const open = sampleInterval({ stage: 'code', startedAt: TEN_O_CLOCK + 1_001 });
    await write(sampleTicket({ key: 'TIME-1' }), 'time-1', [sampleInterval()]);
    await write(sampleTicket({ key: 'TIME-1', revision: 2 }), 'time-2', [closed, open]);
    expect(await store.readIntervals('TIME-1')).toEqual([closed, open]);
  });

  test('a write that fails midway leaves nothing behind', async () => {
    const impossible = sampleInterval({ round: 1e12 });
    const failed = write(sampleTicket({ key: 'HALF-1' }), 'half-1', [impossible]);
    await expect(failed).rejects.toMatchObject({ name: 'StoreError', unavailable: false });
    expect(await store.readTicket('HALF-1')).toBeNull();
    expect(await store.auditAfter(0, 10, 'HALF-1')).toEqual([]);
  });

  test('approvals are kept once each, for good', async () => {
    const ticket = sampleTicket({ key: 'YES-1', approvals: [approval] });
    await write(ticket, 'yes-1');
    await write(
      { ...ticket, revision: 2, approvals: [approval, { ...approval, by: 'reviewer' }] },
      'yes-2',
    );
    await write({ ...ticket, revision: 3, approvals: [] }, 'yes-3');
    const rows = await database.db
      .selectFrom('approval')
      .select(['person', 'approved_at'])
      .where('ticket', '=', 'YES-1')
      .orderBy('person')
      .execute();
    const at = new Date(approval.at);
    expect(rows).toEqual([
      { person: 'approver', approved_at: at },
      { person: 'reviewer', approved_at: at },
    ]);
  });

  test('the board counts tickets by stage and outcome, also when many are written at once', async () => {
    const own = await engine.open();
    const busy = createStore(own);
    const journal = (key: string, revision: number, change: Partial<TicketRow>) =>
      busy.journal({
        ticket: sampleTicket({ key, revision, ...change }),
        intervals: [],
        entries: [],
      });
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const key = `BOARD-${i}`;
        // Three at once for one ticket: whatever their order, the newest counts once.
        await Promise.all([
          journal(key, 1, { stage: 'spec' }),
          journal(key, 2, { stage: 'code' }),
          journal(key, 3, i < 5 ? { stage: 'monitoring', outcome: 'stable' } : { stage: 'review' }),
        ]);
      }),
    );
    expect(await busy.readBoard()).toEqual([
      { stage: 'monitoring', outcome: 'stable', tickets: 5 },
      { stage: 'review', outcome: null, tickets: 15 },
    ]);
    await busy.close();
  });

  test('lists page by key set: newest change first, ties by key, nothing twice, nothing missed', async () => {
    const own = await engine.open();
    const list = createStore(own);
    for (let i = 0; i < 7; i += 1) {
      const ended = i === 3;
      await list.journal({
        ticket: sampleTicket({
          key: `LIST-${i}`,
          updatedAt: TEN_O_CLOCK + Math.floor(i / 2),
          stage: i === 5 ? 'code' : 'spec',
          outcome: ended ? 'stable' : null,
        }),
        intervals: [],
        entries: [],
      });
    }
    const keys: string[][] = [];
    let after: string | undefined;
    do {
      const page = await list.listTickets({ limit: 3, after });
      keys.push(page.tickets.map((t) => t.key));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(keys).toEqual([
      ['LIST-6', 'LIST-4', 'LIST-5'],
      ['LIST-2', 'LIST-3', 'LIST-0'],
      ['LIST-1'],
    ]);
    const keysOf = async (filter: { stage?: string; open?: boolean }) =>
      (await list.listTickets({ limit: 9, ...filter })).tickets.map((t) => t.key);
    expect(await keysOf({ stage: 'code' })).toEqual(['LIST-5']);
    expect(await keysOf({ open: false })).toEqual(['LIST-3']);
    expect(await keysOf({ open: true, stage: 'spec' })).toHaveLength(5);
    await expect(list.listTickets({ limit: 1, after: 'nonsense' })).rejects.toThrow(InvalidCursor);
    await list.close();
  });

  test('a packet is kept once under its hash and its version, and never replaced', async () => {
    const json = '{"text":"Grüße \\u0000"}';
    const packet = { key: 'PACK-1', version: 1, hash: hashOf(json), json };
    await store.putPacket(packet);
    await store.putPacket(packet);
    expect(await store.readPacketByHash(packet.hash)).toBe(json);
    expect(await store.readPacketByVersion('PACK-1', 1)).toBe(json);
    expect(await store.readPacketByVersion('PACK-1', 2)).toBeNull();
    const other = { ...packet, hash: hashOf('{}'), json: '{}' };
    await expect(store.putPacket(other)).rejects.toThrow('sealed before with other content');
    await expect(store.putPacket({ ...packet, json: '{}' })).rejects.toThrow(
      'does not have the hash',
    );
    expect(await store.readPacketByHash(other.hash)).toBeNull();
  });

  test('artifacts are bytes under their hash', async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0, 255, 10), randomBytes(300_000)]) {
      const hash = await store.putArtifact(bytes);
      expect(await store.putArtifact(bytes)).toBe(hash);
      const kept = await store.readArtifact(hash);
      expect(kept?.constructor).toBe(Uint8Array);
      expect(Buffer.compare(kept ?? Buffer.from('none'), bytes)).toBe(0);
    }
    expect(await store.readArtifact(hashOf('nothing like it'))).toBeNull();
  });

  test('the first reading of a tick stays; no data stays no data', async () => {
    const latency = { upperBoundsMs: [5, 10], counts: [1, 2, 0] };
    const first = {
      tick: 1,
      at: '2026-11-20T10:00:00.250Z',
      weight: 0.5,
      candidate: { requests: 3, errors: 0, latency },
      baseline: null,
    };
    await store.appendTick('ticket/SHOP-1/rollout/1', { ...first, tick: 2 });
    await store.appendTick('ticket/SHOP-1/rollout/1', first);
    await store.appendTick('ticket/SHOP-1/rollout/1', { ...first, weight: 50 });
    expect(await store.readTicks('ticket/SHOP-1/rollout/1')).toEqual([
      first,
      { ...first, tick: 2 },
    ]);
    expect(await store.readTicks('ticket/SHOP-1/rollout/2')).toEqual([]);
  });

  const delivery = (deliveryId: string, change: Partial<InboxDelivery> = {}): InboxDelivery => ({
    source: 'github',
    deliveryId,
    bodyHash: hashOf(deliveryId),
    body: { action: 'opened' },
    receivedAt: '2026-11-20T10:00:00.000Z',
    ...change,
  });

  test('a delivery is taken once by its id, and where asked for once by its body', async () => {
    const body = { bodyHash: hashOf('the same') };
    const once = { dedupeBody: false };
    const byBody = { dedupeBody: true };
    expect(await store.receive(delivery('a', body), byBody)).toBe(true);
    expect(await store.receive(delivery('a', { bodyHash: hashOf('other') }), once)).toBe(false);
    expect(await store.receive(delivery('b', body), byBody)).toBe(false);
    expect(await store.receive(delivery('b', body), once)).toBe(true);
    expect(await store.receive(delivery('a', { ...body, source: 'jira' }), byBody)).toBe(true);
    for (let round = 0; round < 10; round += 1) {
      const racing = Array.from({ length: 8 }, (_, i) =>
        store.receive(delivery(`${round}-${i}`, { bodyHash: hashOf(`race ${round}`) }), byBody),
      );
      expect((await Promise.all(racing)).filter(Boolean)).toHaveLength(1);
    }
  });

  test('deliveries wait, oldest first, until they are marked; only marked old ones are purged', async () => {
    const own = createStore(await engine.open());
    const old = delivery('old', { receivedAt: '2026-01-01T00:00:00.000Z' });
    const fresh = delivery('fresh', { receivedAt: new Date().toISOString() });
    const older = delivery('older', { receivedAt: '2025-01-01T00:00:00.000Z' });
    for (const each of [old, fresh, older]) await own.receive(each, { dedupeBody: false });
    expect(await own.waitingDeliveries(2)).toEqual([older, old]);
    await own.markHandedOver('github', 'old');
    await own.markHandedOver('github', 'old');
    await own.markHandedOver('github', 'fresh');
    await own.markHandedOver('github', 'never seen');
    expect(await own.purgeDeliveries(60_000)).toBe(1);
    expect(await own.waitingDeliveries(9)).toEqual([older]);
    expect(await own.receive(fresh, { dedupeBody: false })).toBe(false);
    await own.close();
  });

  test('text that a database cannot hold is kept with its bad characters replaced', async () => {
    const bad = 'a\0b\uD800c';
    const good = 'a\uFFFDb\uFFFDc';
    await write(sampleTicket({ key: 'ODD-1', title: bad }), 'odd-1');
    await store.record(sampleEntry('odd-2', { ticket: 'ODD-1', text: bad, data: { [bad]: bad } }));
    await store.receive(delivery('odd\0', { body: { deep: [{ [bad]: bad }] } }), {
      dedupeBody: false,
    });
    expect(await store.readTicket('ODD-1')).toMatchObject({ title: good });
    const [, entry] = await store.auditAfter(0, 2, 'ODD-1');
    expect(entry).toMatchObject({ text: good, data: { [good]: good } });
    const kept = await store.waitingDeliveries(100);
    expect(kept.find((d) => d.deliveryId === 'odd\uFFFD')?.body).toEqual({
      deep: [{ [good]: good }],
    });
    await store.markHandedOver('github', 'odd\0');
    expect(await store.waitingDeliveries(100)).toHaveLength(kept.length - 1);
  });

  test('a query beside an open transaction is refused instead of waiting for ever', async () => {
    const inside = inTransaction(database.db, () => store.ping());
    await expect(inside).rejects.toThrow('use its own `trx`');
    await store.ping();
  });

  test('migrating again, or many at once, applies nothing twice; an edited migration is refused', async () => {
    const extra = { name: '9999-extra', statements: ['create table extra (id integer)'] };
    const several = [1, 2, 3].map(() => migrate(database.db, [extra]));
    expect((await Promise.all(several)).flat()).toEqual(['9999-extra']);
    expect(await migrate(database.db)).toEqual([]);
    const edited = { ...extra, statements: ['create table extra (id text)'] };
    await expect(migrate(database.db, [edited])).rejects.toThrow(/9999-extra is not the one/);
    const broken = { name: '9999-z', statements: ['create table half (id integer)', 'nonsense'] };
    await expect(migrate(database.db, [broken])).rejects.toThrow(StoreError);
    expect(
      await migrate(database.db, [{ ...broken, statements: broken.statements.slice(0, 1) }]),
    ).toEqual(['9999-z']);
  });

  test('a closed store says that it is unavailable', async () => {
    const own = createStore(await engine.open());
    await own.close();
    await expect(own.ping()).rejects.toMatchObject({ name: 'StoreError', unavailable: true });
    await expect(own.onAudit(() => undefined)).rejects.toMatchObject({ unavailable: true });
  });
});
