import { PGlite } from '@electric-sql/pglite';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** PostgreSQL's type number of `bigint`, which PGlite would read as number or BigInt, and `pg` reads as text. */
const INT8 = 20;

/** Written into a new directory, so they hold whenever it is opened: the defaults cost another 130 MB. */
const SMALL = ['shared_buffers=8MB', 'max_connections=5', 'wal_buffers=1MB', 'max_wal_size=64MB'];

/** Only for files that nobody else has open. */
export async function startPglite(data: string): Promise<PGlite> {
  const fresh = existsSync(join(data, 'PG_VERSION')) ? {} : { postgresqlconf: SMALL };
  return PGlite.create({ dataDir: data, parsers: { [INT8]: String }, ...fresh });
}

/**
 * Makes a new database at `data`, filled by `fill`: beside it and renamed when complete, so that a kill
 * in the middle leaves no half database under the real name. Takes 3 s and up to 900 MB.
 */
export async function createPgliteFiles(
  data: string,
  fill: (pglite: PGlite) => Promise<void>,
): Promise<void> {
  const unfinished = `${data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const pglite = await startPglite(unfinished);
  try {
    await fill(pglite);
  } finally {
    await pglite.close();
  }
  renameSync(unfinished, data);
}
