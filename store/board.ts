import { sql, type Kysely, type Transaction } from 'kysely';
import type { BoardCount } from './port.ts';
import type { Tables } from './tables.ts';
import type { Replaced } from './tickets.ts';

/** The counters' word for a ticket that has no outcome yet. */
const OPEN = 'open';

/**
 * Moves one ticket from one counter to the other. Counting is done here, never by `count(*)`: the
 * board costs the same with ten tickets and a million.
 */
export async function moveOnBoard(
  trx: Transaction<Tables>,
  before: Replaced | null,
  after: Replaced,
): Promise<void> {
  if (before?.stage === after.stage && before.outcome === after.outcome) return;
  if (before !== null) await add(trx, before, -1);
  await add(trx, after, 1);
}

async function add(trx: Transaction<Tables>, place: Replaced, difference: number): Promise<void> {
  await trx
    .insertInto('board_counter')
    .values({ stage: place.stage, state: place.outcome ?? OPEN, tickets: difference })
    .onConflict((conflict) =>
      conflict.columns(['stage', 'state']).doUpdateSet({
        tickets: sql`board_counter.tickets + ${sql.lit(difference)}`,
      }),
    )
    .execute();
}

export async function readBoard(db: Kysely<Tables>): Promise<readonly BoardCount[]> {
  const rows = await db
    .selectFrom('board_counter')
    .selectAll()
    .where('tickets', '>', '0')
    .orderBy('stage')
    .orderBy('state')
    .execute();
  return rows.map(({ stage, state, tickets }) => ({
    stage,
    outcome: state === OPEN ? null : state,
    tickets: Number(tickets),
  }));
}
