import type { Kysely } from 'kysely';
import { hashOf } from './content-hash.ts';
import type { Tables } from './tables.ts';

export async function putArtifact(db: Kysely<Tables>, bytes: Uint8Array): Promise<string> {
  const hash = hashOf(bytes);
  await db
    .insertInto('artifact')
    .values({ hash, bytes })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return hash;
}

/** A plain copy: `pg` answers a Buffer that may share a pooled memory block. */
export async function readArtifact(db: Kysely<Tables>, hash: string): Promise<Uint8Array | null> {
  const found = await db
    .selectFrom('artifact')
    .select('bytes')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return found === undefined ? null : Uint8Array.from(found.bytes);
}
