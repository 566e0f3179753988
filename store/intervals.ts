import type { Kysely, Transaction } from 'kysely';
import type { StageInterval } from '../domain/ticket.ts';
import type { Tables } from './tables.ts';

/** Replaces the ticket's intervals; they are known by their place in the list. */
export async function writeIntervals(
  trx: Transaction<Tables>,
  ticket: string,
  intervals: readonly StageInterval[],
): Promise<void> {
  if (intervals.length === 0) return;
  const rows = intervals.map((interval, position) => ({
    ticket,
    position,
    stage: interval.stage,
    round: interval.round,
    started_at: new Date(interval.startedAt),
    ended_at: interval.endedAt === null ? null : new Date(interval.endedAt),
    working_ms: Math.round(interval.workingMs),
    waiting_ms: Math.round(interval.waitingMs),
  }));
  await trx
    .insertInto('stage_interval')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['ticket', 'position']).doUpdateSet((eb) => ({
        stage: eb.ref('excluded.stage'),
        round: eb.ref('excluded.round'),
        started_at: eb.ref('excluded.started_at'),
        ended_at: eb.ref('excluded.ended_at'),
        working_ms: eb.ref('excluded.working_ms'),
        waiting_ms: eb.ref('excluded.waiting_ms'),
      })),
    )
    .execute();
  // A ticket that is taken up again after it was cancelled begins its list anew.
  await trx
    .deleteFrom('stage_interval')
    .where('ticket', '=', ticket)
    .where('position', '>=', rows.length)
    .execute();
}

export async function readIntervals(
  db: Kysely<Tables>,
  ticket: string,
): Promise<readonly StageInterval[]> {
  const rows = await db
    .selectFrom('stage_interval')
    .selectAll()
    .where('ticket', '=', ticket)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    stage: row.stage as StageInterval['stage'],
    round: row.round,
    startedAt: row.started_at.getTime(),
    endedAt: row.ended_at === null ? null : row.ended_at.getTime(),
    workingMs: Number(row.working_ms),
    waitingMs: Number(row.waiting_ms),
  }));
}
