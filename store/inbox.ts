import type { Kysely, Transaction } from 'kysely';
import { lockUntilCommit } from './locks.ts';
import type { InboxDelivery } from './port.ts';
import type { Tables } from './tables.ts';
import { inTransaction } from './transactions.ts';
import { wellFormed, wellFormedJson } from './well-formed.ts';

/**
 * Keeps a delivery unless it is there already. With `dedupeBody` the same body under another id counts
 * as there: GitHub signs the body only, so its delivery ids can be forged.
 */
export async function receive(
  db: Kysely<Tables>,
  delivery: InboxDelivery,
  { dedupeBody }: { readonly dedupeBody: boolean },
): Promise<boolean> {
  if (!dedupeBody) return insert(db, delivery);
  return inTransaction(db, async (trx) => {
    // Two copies at once with two ids: no unique index can refuse one of them, the lock can.
    await lockUntilCommit(trx, `inbox ${delivery.source} ${delivery.bodyHash}`);
    return (await isKnownBody(trx, delivery)) ? false : insert(trx, delivery);
  });
}

async function isKnownBody(trx: Transaction<Tables>, delivery: InboxDelivery): Promise<boolean> {
  const known = await trx
    .selectFrom('inbox')
    .select('position')
    .where('source', '=', delivery.source)
    .where('body_hash', '=', delivery.bodyHash)
    .limit(1)
    .executeTakeFirst();
  return known !== undefined;
}

async function insert(db: Kysely<Tables>, delivery: InboxDelivery): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('inbox')
    .values({
      source: delivery.source,
      delivery_id: wellFormed(delivery.deliveryId),
      body_hash: delivery.bodyHash,
      body: wellFormedJson(delivery.body),
      received_at: new Date(delivery.receivedAt),
      handed_over_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** Idempotent; an unknown delivery is none to mark. */
export async function markHandedOver(
  db: Kysely<Tables>,
  source: string,
  deliveryId: string,
): Promise<void> {
  await db
    .updateTable('inbox')
    .set({ handed_over_at: new Date() })
    .where('source', '=', source)
    .where('delivery_id', '=', wellFormed(deliveryId))
    .where('handed_over_at', 'is', null)
    .execute();
}

export async function waitingDeliveries(
  db: Kysely<Tables>,
  limit: number,
): Promise<readonly InboxDelivery[]> {
  const rows = await db
    .selectFrom('inbox')
    .selectAll()
    .where('handed_over_at', 'is', null)
    .orderBy('received_at')
    .orderBy('position')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    source: row.source,
    deliveryId: row.delivery_id,
    bodyHash: row.body_hash,
    body: row.body,
    receivedAt: row.received_at.toISOString(),
  }));
}

export async function purgeDeliveries(db: Kysely<Tables>, olderThanMs: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('inbox')
    .where('handed_over_at', 'is not', null)
    .where('received_at', '<', new Date(Date.now() - olderThanMs))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
