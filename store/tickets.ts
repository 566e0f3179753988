import type { Kysely, Transaction } from 'kysely';
import type { TicketRow } from '../domain/ticket.ts';
import { InvalidCursor } from './errors.ts';
import type { TicketPage } from './port.ts';
import type { Tables } from './tables.ts';
import { wellFormedJson } from './well-formed.ts';

/** What stood there before a ticket's row was replaced. */
export interface Replaced {
  readonly stage: string;
  readonly outcome: string | null;
}

/**
 * Writes the row when it is newer than the stored one. Answers whether it did, and what it replaced.
 * Its callers hold the chain's lock, so the row cannot change in between.
 */
export async function upsertTicket(
  trx: Transaction<Tables>,
  ticket: TicketRow,
): Promise<{ readonly written: boolean; readonly before: Replaced | null }> {
  const stored = await trx
    .selectFrom('ticket')
    .select(['revision', 'stage', 'outcome'])
    .where('key', '=', ticket.key)
    .executeTakeFirst();
  if (stored !== undefined && Number(stored.revision) >= ticket.revision) {
    return { written: false, before: stored };
  }
  const row = {
    revision: ticket.revision,
    stage: ticket.stage,
    outcome: ticket.outcome,
    updated_at: new Date(ticket.updatedAt),
    row: wellFormedJson(ticket),
  };
  await trx
    .insertInto('ticket')
    .values({ key: ticket.key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
  return { written: true, before: stored ?? null };
}

export async function readTicket(db: Kysely<Tables>, key: string): Promise<TicketRow | null> {
  const found = await db
    .selectFrom('ticket')
    .select('row')
    .where('key', '=', key)
    .executeTakeFirst();
  return found === undefined ? null : (found.row as TicketRow);
}

export interface TicketFilter {
  readonly after?: string | undefined;
  readonly limit: number;
  readonly stage?: string | undefined;
  readonly open?: boolean | undefined;
}

/** Newest change first. */
export async function listTickets(db: Kysely<Tables>, filter: TicketFilter): Promise<TicketPage> {
  let query = db.selectFrom('ticket').select(['key', 'updated_at', 'row']);
  if (filter.stage !== undefined) query = query.where('stage', '=', filter.stage);
  if (filter.open !== undefined)
    query = query.where('outcome', filter.open ? 'is' : 'is not', null);
  if (filter.after !== undefined) {
    const { updatedAt, key } = parseCursor(filter.after);
    query = query.where((eb) =>
      eb.or([
        eb('updated_at', '<', updatedAt),
        eb.and([eb('updated_at', '=', updatedAt), eb('key', '>', key)]),
      ]),
    );
  }
  // One more than asked for says whether there is a next page.
  const found = await query
    .orderBy('updated_at', 'desc')
    .orderBy('key')
    .limit(filter.limit + 1)
    .execute();
  const page = found.slice(0, filter.limit);
  const last = page.at(-1);
  return {
    tickets: page.map(({ row }) => row as TicketRow),
    next: last === undefined || found.length <= filter.limit ? null : cursorOf(last),
  };
}

function cursorOf(last: { readonly updated_at: Date; readonly key: string }): string {
  return Buffer.from(`${last.updated_at.getTime()} ${last.key}`).toString('base64url');
}

function parseCursor(cursor: string): { readonly updatedAt: Date; readonly key: string } {
  const match = /^([0-9]{1,15}) ([^\0]+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (match?.[1] === undefined || match[2] === undefined) throw new InvalidCursor();
  return { updatedAt: new Date(Number(match[1])), key: match[2] };
}
