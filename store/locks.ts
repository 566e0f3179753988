import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** Our advisory locks' number space (the first of PostgreSQL's two keys): "bton". */
const BATON = 0x62746f6e;

/** Waits until nobody else holds the lock of this name; released with the transaction, however it ends. */
export async function lockUntilCommit(trx: Transaction<Tables>, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(BATON)}, ${sql.lit(numberOf(name))})`.execute(
    trx,
  );
}

function numberOf(name: string): number {
  return createHash('sha256').update(name).digest().readInt32BE();
}
