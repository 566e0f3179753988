import type { Kysely } from 'kysely';
import { hashOf } from './content-hash.ts';
import { StoreError } from './errors.ts';
import type { Tables } from './tables.ts';

export interface StoredPacket {
  readonly key: string;
  readonly version: number;
  readonly hash: string;
  readonly json: string;
}

/**
 * Idempotent. Refuses content that does not have the hash it is filed under, and other content for a
 * version that is sealed: packets are immutable.
 */
export async function putPacket(db: Kysely<Tables>, packet: StoredPacket): Promise<void> {
  const { key, version, hash, json } = packet;
  if (hashOf(json) !== hash) {
    throw new StoreError(`Packet ${version} of ${key} does not have the hash ${hash}`, {
      unavailable: false,
    });
  }
  await db
    .insertInto('packet')
    .values({ hash, ticket: key, version, body: json })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if ((await readPacketByVersion(db, key, version)) !== json) {
    throw new StoreError(`Packet ${version} of ${key} was sealed before with other content`, {
      unavailable: false,
    });
  }
}

export async function readPacketByHash(db: Kysely<Tables>, hash: string): Promise<string | null> {
  const found = await db
    .selectFrom('packet')
    .select('body')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return found?.body ?? null;
}

export async function readPacketByVersion(
  db: Kysely<Tables>,
  key: string,
  version: number,
): Promise<string | null> {
  const found = await db
    .selectFrom('packet')
    .select('body')
    .where('ticket', '=', key)
    .where('version', '=', version)
    .executeTakeFirst();
  return found?.body ?? null;
}
