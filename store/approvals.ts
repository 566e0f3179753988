import type { Transaction } from 'kysely';
import type { Approval } from '../domain/packet.schema.ts';
import type { Tables } from './tables.ts';

/** Adds what is not there yet. An approval is never changed: it belongs to one content hash. */
export async function addApprovals(
  trx: Transaction<Tables>,
  ticket: string,
  approvals: readonly Approval[],
): Promise<void> {
  if (approvals.length === 0) return;
  const rows = approvals.map((approval) => ({
    ticket,
    gate: approval.gate,
    content_hash: approval.contentHash,
    person: approval.by,
    channel: approval.channel,
    approved_at: new Date(approval.at),
  }));
  await trx
    .insertInto('approval')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
