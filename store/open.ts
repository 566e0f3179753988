import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import type { PgliteDirectory } from './pglite.ts';
import type { Store } from './port.ts';
import { createStore } from './store.ts';

/** A PostgreSQL server (15 or newer), or a directory of our own for PGlite. */
export type StoreLocation = { readonly url: string } | PgliteDirectory;

/**
 * Opens the store. A directory's database is migrated here, since nobody else can have it open; one
 * on a server is migrated by `migrateStore` (`baton migrate`, `baton up`) and connected to when it is
 * first asked. Throws `DirectoryInUse` and `StoreError`.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const database = await openDatabase(location);
  if ('directory' in location) await migrateOrClose(database);
  return createStore(database);
}

/** Applies the migrations that are missing and answers their names. Idempotent. Throws as `openStore`. */
export async function migrateStore(location: StoreLocation): Promise<readonly string[]> {
  const database = await openDatabase(location);
  const applied = await migrateOrClose(database);
  await database.close();
  return applied;
}

/** Loads the engine that is asked for, and not the other. */
export async function openDatabase(location: StoreLocation): Promise<Database> {
  if ('url' in location) return (await import('./postgres.ts')).openPostgres(location.url);
  return (await import('./pglite.ts')).openPglite(location);
}

async function migrateOrClose(database: Database): Promise<readonly string[]> {
  try {
    return await migrate(database.db);
  } catch (error) {
    await database.close();
    throw error;
  }
}
