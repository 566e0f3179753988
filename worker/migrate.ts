import type { Config } from '../domain/config.schema.ts';
import { migrateStore } from '../store/open.ts';
import { connectTemporal } from '../temporal/connection.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';

export interface Migrated {
  /** Names of the migrations that were applied now. */
  readonly migrations: readonly string[];
  /** Names of the search attributes that were registered now. */
  readonly searchAttributes: readonly string[];
}

/** Brings a PostgreSQL store and a Temporal namespace up to date. Idempotent, also for several at once. */
export async function migrateAll(
  { temporal: { namespace } }: Config,
  { storeUrl, temporalAddress }: { readonly storeUrl: string; readonly temporalAddress: string },
): Promise<Migrated> {
  const migrations = await migrateStore({ url: storeUrl });
  const temporal = await connectTemporal({ address: temporalAddress, namespace });
  try {
    return {
      migrations,
      searchAttributes: await ensureSearchAttributes(temporal.connection, namespace),
    };
  } finally {
    await temporal.close();
  }
}
