import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { onBothEngines } from '../test/store-engines.ts';
import { sampleEntry, sampleTicket } from '../test/ticket-samples.ts';
import type { Database } from './database.ts';
import { auditAfter, verifyAudit } from './audit.ts';
import { CHAIN_START, link, linkHash } from './hash-chain.ts';
import { createStore } from './store.ts';
import { inTransaction } from './transactions.ts';
import type { Store } from './port.ts';

/** What somebody with the database's password could do, in SQL; entries are 1 to 5. */
const TAMPERED: readonly {
  how: string;
  statements: string[];
  brokenAt: number;
  because: string;
}[] = [
  {
    how: 'a changed text',
    statements: [`update audit set text = 'nothing happened' where sequence = 3`],
    brokenAt: 3,
    because: 'its content does not match its hash',
  },
  {
    how: 'a changed actor, with a hash of its own',
    statements: [`update audit set actor = 'operator', hash = repeat('0', 64) where sequence = 2`],
    brokenAt: 2,
    because: 'its content does not match its hash',
  },
  {
    how: 'changed data',
    statements: [`update audit set data = '{}' where sequence = 5`],
    brokenAt: 5,
    because: 'its content does not match its hash',
  },
  {
    how: 'a deleted entry',
    statements: ['delete from audit where sequence = 4'],
    brokenAt: 4,
    because: 'entry 4 is missing',
  },
  {
    how: 'a deleted entry whose gap was closed',
    statements: [
      'delete from audit where sequence = 2',
      'update audit set sequence = sequence - 1 where sequence = 3',
      'update audit set sequence = sequence - 1 where sequence = 4',
      'update audit set sequence = sequence - 1 where sequence = 5',
    ],
    brokenAt: 2,
    because: 'it does not follow the entry before it',
  },
  {
    how: 'a cut-off end',
    statements: ['delete from audit where sequence > 3'],
    brokenAt: 4,
    because: 'entry 4 is missing at the end',
  },
  {
    how: 'everything gone',
    statements: ['delete from audit'],
    brokenAt: 1,
    because: 'entry 1 is missing at the end',
  },
  {
    how: 'a lost record of the end',
    statements: ['delete from audit_head'],
    brokenAt: 1,
    because: 'it came in without the record of the last entry',
  },
];

// Databases are made and opened: seconds where the machine is busy.
jest.setTimeout(30_000);

await onBothEngines((engine) => {
  let database: Database;
  let store: Store;
  let fiveEntries: Database;

  beforeAll(async () => {
    database = await engine.open();
    store = createStore(database);
    fiveEntries = await engine.open();
    for (let i = 1; i <= 5; i += 1) {
      await createStore(fiveEntries).record(sampleEntry(`entry-${i}`));
    }
  });
  afterAll(async () => {
    await store.close();
    await fiveEntries.close();
    await engine.close();
  });

  test('an empty log is a valid chain of none', async () => {
    expect(await store.verifyAudit()).toEqual({ valid: true, entries: 0 });
  });

  test('entries of writes that came at once are one chain without gaps, each there once', async () => {
    const writes = Array.from({ length: 20 }, async (_, i) => {
      const key = `CHAIN-${i}`;
      const shared = sampleEntry(`shared-${Math.floor(i / 2)}`, { ticket: null });
      await Promise.all([
        store.record(shared),
        store.journal({
          ticket: sampleTicket({ key }),
          intervals: [],
          entries: [
            sampleEntry(`a-${i}`, { ticket: key }),
            sampleEntry(`a-${i}`),
            sampleEntry(`b-${i}`, { ticket: key }),
          ],
        }),
      ]);
    });
    await Promise.all(writes);
    expect(await store.verifyAudit()).toEqual({ valid: true, entries: 50 });
    const all = await store.auditAfter(0, 100);
    expect(all.map((e) => e.sequence)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(all[0]?.previousHash).toBe(CHAIN_START);
    for (const e of all) expect(e.hash).toBe(linkHash(e, e.sequence, e.previousHash));
  });

  test('an entry comes back as it was written, page by page, by ticket where asked for', async () => {
    const entry = sampleEntry('read-1', { ticket: 'READ-1', at: 1_763_632_800_123 });
    await store.record(entry);
    await store.record(
      sampleEntry('read-2', { ticket: 'READ-1', data: { large: 1e21, small: 5e-324 } }),
    );
    const [first, ...none] = await store.auditAfter(0, 1, 'READ-1');
    expect(first).toMatchObject(entry);
    expect(none).toEqual([]);
    const [second] = await store.auditAfter(first?.sequence ?? 0, 9, 'READ-1');
    expect(second).toMatchObject({ id: 'read-2', data: { large: 1e21, small: 5e-324 } });
    expect(await store.verifyAudit()).toMatchObject({ valid: true });
  });

  test('the database itself refuses to change, delete or empty the log', async () => {
    for (const change of [
      `update audit set text = 'x'`,
      'delete from audit where sequence = 1',
      'truncate audit',
    ]) {
      await expect(sql.raw(change).execute(database.db)).rejects.toThrow(
        'the audit log is append-only',
      );
    }
  });

  test.each(TAMPERED)('$how by somebody who got around that is found', async (tampered) => {
    const undone = new Error('undone');
    const attempt = inTransaction(fiveEntries.db, async (trx) => {
      await sql`alter table audit disable trigger user`.execute(trx);
      for (const statement of tampered.statements) await sql.raw(statement).execute(trx);
      expect(await verifyAudit(trx)).toEqual({
        valid: false,
        entries: tampered.brokenAt - 1,
        brokenAt: tampered.brokenAt,
        because: tampered.because,
      });
      throw undone;
    });
    await expect(attempt).rejects.toBe(undone);
    expect(await verifyAudit(fiveEntries.db)).toEqual({ valid: true, entries: 5 });
  });

  test('a chain rewritten from some entry on, with hashes that fit, is found by its end', async () => {
    const undone = new Error('undone');
    const attempt = inTransaction(fiveEntries.db, async (trx) => {
      await sql`alter table audit disable trigger user`.execute(trx);
      const [third, fourth, fifth] = await auditAfter(trx, 2, 3);
      if (third === undefined || fourth === undefined || fifth === undefined)
        throw new Error('5 entries');
      for (const { sequence, text, previousHash, hash } of link(third, [
        { ...fourth, text: 'nothing happened' },
        fifth,
      ])) {
        await trx
          .updateTable('audit')
          .set({ text, previous_hash: previousHash, hash })
          .where('sequence', '=', String(sequence))
          .execute();
      }
      expect(await verifyAudit(trx)).toMatchObject({
        brokenAt: 5,
        because: 'it is not the entry that was last recorded',
      });
      throw undone;
    });
    await expect(attempt).rejects.toBe(undone);
  });

  test('who listens hears each commit once with its last sequence, nothing of a rollback, nothing after stopping', async () => {
    const own = await engine.open();
    const live = createStore(own);
    const heard: number[][] = [[], []];
    const [stopFirst] = await Promise.all(
      [0, 1].map((i) => live.onAudit((s) => heard[i]?.push(s))),
    );
    await live.journal({
      ticket: sampleTicket(),
      intervals: [],
      entries: [sampleEntry('live-1'), sampleEntry('live-2')],
    });
    const undone = inTransaction(own.db, async (trx) => {
      await sql`select pg_notify('baton_audit', '99')`.execute(trx);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await live.record(sampleEntry('live-2'));
    await live.record(sampleEntry('live-3'));
    await until(() => heard.every((h) => h.includes(3)));
    await stopFirst?.();
    await live.record(sampleEntry('live-4'));
    await until(() => heard[1]?.includes(4) === true);
    expect(heard).toEqual([
      [2, 3],
      [2, 3, 4],
    ]);
    await live.close();
  });
});

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!met()) {
    if (Date.now() > deadline) throw new Error('did not come about within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
