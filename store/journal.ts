import type { Kysely } from 'kysely';
import type { JournalEntry } from '../domain/ticket.ts';
import { addApprovals } from './approvals.ts';
import { append, lockChain } from './audit.ts';
import { moveOnBoard } from './board.ts';
import { writeIntervals } from './intervals.ts';
import type { JournalWrite } from './port.ts';
import type { Tables } from './tables.ts';
import { upsertTicket } from './tickets.ts';
import { inTransaction } from './transactions.ts';

/**
 * Read model and audit in one transaction. The chain's lock comes first and alone: one order of
 * locks cannot deadlock, and under it nothing below races.
 */
export async function journal(db: Kysely<Tables>, write: JournalWrite): Promise<void> {
  const { ticket, intervals, entries } = write;
  await inTransaction(db, async (trx) => {
    await lockChain(trx);
    const { written, before } = await upsertTicket(trx, ticket);
    if (written) {
      await writeIntervals(trx, ticket.key, intervals);
      await addApprovals(trx, ticket.key, ticket.approvals);
      await moveOnBoard(trx, before, ticket);
    }
    await append(trx, entries);
  });
}

export async function record(db: Kysely<Tables>, entry: JournalEntry): Promise<void> {
  await inTransaction(db, async (trx) => {
    await lockChain(trx);
    await append(trx, [entry]);
  });
}
