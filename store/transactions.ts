import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

const current = new AsyncLocalStorage<{ open: boolean }>();

/**
 * Runs `work` in one transaction. Inside it only `trx` may be used: PGlite is one connection, so a
 * query through `db` would wait for ever for its own transaction. On both engines it throws instead.
 */
export async function inTransaction<T>(
  db: Kysely<Tables>,
  work: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const scope = { open: true };
    try {
      return await current.run(scope, () => work(trx));
    } finally {
      scope.open = false;
    }
  });
}

/** Called by both drivers before a connection is handed out. */
export function refuseInsideTransaction(): void {
  if (current.getStore()?.open === true) {
    throw new Error('inside a transaction use its own `trx`, never `db`');
  }
}
