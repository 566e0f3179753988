import { createServer } from 'node:net';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { startPostgres } from '../test/postgres-server.ts';
import { sampleEntry } from '../test/ticket-samples.ts';
import { StoreError } from './errors.ts';
import { migrateStore, openDatabase, openStore } from './open.ts';
import { createStore } from './store.ts';

// Databases are made and opened: seconds where the machine is busy.
jest.setTimeout(30_000);

const server = await startPostgres();

test('a database that is away is an unavailable store, said in words', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await new Promise((resolve) => probe.close(resolve));
  const secret = 'not-to-be-shown';
  const store = await openStore({ url: `postgres://baton:${secret}@127.0.0.1:${port ?? 1}/baton` });
  const error = await store.readTicket('SHOP-1').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ unavailable: true });
  expect(String(error)).toMatch(/could not read the ticket: connect ECONNREFUSED/);
  expect(String(error)).not.toContain(secret);
  await expect(store.onAudit(() => undefined)).rejects.toMatchObject({ unavailable: true });
  await store.close();
});

if ('skipped' in server) {
  describe.skip(`PostgreSQL (skipped: ${server.skipped})`, () => {
    test('a real server', () => undefined);
  });
} else {
  describe('PostgreSQL', () => {
    afterAll(() => server.close());

    test('a database without its tables says what to do', async () => {
      const store = await openStore({ url: await server.createDatabase() });
      const asked = store.readTicket('SHOP-1');
      await expect(asked).rejects.toThrow(/run `baton migrate`/);
      await expect(asked).rejects.toMatchObject({ unavailable: false });
      await store.close();
    });

    test('several processes that migrate at once apply each migration once', async () => {
      const url = await server.createDatabase();
      const applied = await Promise.all([1, 2, 3].map(() => migrateStore({ url })));
      expect(applied.flat()).toEqual(['0001-first-tables', '0002-audit']);
    });

    test('a listener whose connection is cut hears what came meanwhile, and what comes later', async () => {
      const url = await server.createDatabase();
      await migrateStore({ url });
      const listening = createStore(await openDatabase({ url }));
      const other = await openDatabase({ url });
      const writing = createStore(other);
      const heard = new Set<number>();
      await listening.onAudit((sequence) => heard.add(sequence));
      await writing.record(sampleEntry('before'));
      await until(() => heard.has(1));
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like 'listen%'`.execute(other.db);
      await writing.record(sampleEntry('meanwhile'));
      await until(() => heard.has(2));
      await writing.record(sampleEntry('later'));
      await until(() => heard.has(3));
      await listening.close();
      await writing.close();
    });

    test('two processes write one chain', async () => {
      const url = await server.createDatabase();
      await migrateStore({ url });
      const one = await openStore({ url });
      const two = await openStore({ url });
      const writes = Array.from({ length: 40 }, async (_, i) =>
        (i % 2 === 0 ? one : two).record(sampleEntry(`e-${i % 30}`)),
      );
      await Promise.all(writes);
      expect(await one.verifyAudit()).toEqual({ valid: true, entries: 30 });
      await one.close();
      await two.close();
    });
  });
}

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!met()) {
    if (Date.now() > deadline) throw new Error('did not come about within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
