import { createHash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { StoreError, storeError } from './errors.ts';
import { lockUntilCommit } from './locks.ts';
import { MIGRATIONS } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';
import type { Tables } from './tables.ts';
import { inTransaction } from './transactions.ts';

/**
 * Applies what is missing, all or nothing, and answers the names of what it applied. Idempotent;
 * several processes may call it at once (an advisory lock lets one after the other in). Throws
 * `StoreError`, also when an applied migration is not the one that this program knows by its name.
 */
export async function migrate(
  db: Kysely<Tables>,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly string[]> {
  try {
    return await inTransaction(db, (trx) => applyMissing(trx, migrations));
  } catch (error) {
    throw storeError('apply its migrations', error);
  }
}

async function applyMissing(
  trx: Transaction<Tables>,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await lockUntilCommit(trx, 'migrations');
  await sql`create table if not exists schema_migration (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`.execute(trx);
  const known = await trx.selectFrom('schema_migration').select(['name', 'checksum']).execute();
  const applied = new Map(known.map((row) => [row.name, row.checksum]));
  const fresh: string[] = [];
  for (const migration of migrations) {
    if (isApplied(migration, applied)) continue;
    for (const statement of migration.statements) await sql.raw(statement).execute(trx);
    await trx
      .insertInto('schema_migration')
      .values({ name: migration.name, checksum: checksumOf(migration) })
      .execute();
    fresh.push(migration.name);
  }
  return fresh;
}

function isApplied(migration: Migration, applied: ReadonlyMap<string, string>): boolean {
  const checksum = applied.get(migration.name);
  if (checksum === undefined) return false;
  if (checksum === checksumOf(migration)) return true;
  throw new StoreError(
    `The database's migration ${migration.name} is not the one this version of Baton knows: ` +
      'an applied migration was edited, or the database belongs to another build.',
    { unavailable: false },
  );
}

/** Indentation does not count: a formatter may change it. */
function checksumOf(migration: Migration): string {
  const text = migration.statements.map((s) => s.replace(/\s+/g, ' ').trim()).join(';\n');
  return createHash('sha256').update(text).digest('hex');
}
