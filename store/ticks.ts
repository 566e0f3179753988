import type { Kysely } from 'kysely';
import type { ArmReading } from '../domain/rollout.ts';
import type { RolloutTick } from './port.ts';
import type { Tables } from './tables.ts';

/** The first reading of a tick stays: a retried activity must fold what the first one folded. */
export async function appendTick(
  db: Kysely<Tables>,
  rollout: string,
  tick: RolloutTick,
): Promise<void> {
  await db
    .insertInto('rollout_tick')
    .values({
      rollout,
      tick: tick.tick,
      at: new Date(tick.at),
      weight: tick.weight,
      candidate: jsonOrNull(tick.candidate),
      baseline: jsonOrNull(tick.baseline),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function readTicks(
  db: Kysely<Tables>,
  rollout: string,
): Promise<readonly RolloutTick[]> {
  const rows = await db
    .selectFrom('rollout_tick')
    .selectAll()
    .where('rollout', '=', rollout)
    .orderBy('tick')
    .execute();
  return rows.map((row) => ({
    tick: row.tick,
    at: row.at.toISOString(),
    weight: row.weight,
    candidate: row.candidate as ArmReading | null,
    baseline: row.baseline as ArmReading | null,
  }));
}

/** SQL's null, not JSON's. */
function jsonOrNull(reading: ArmReading | null): string | null {
  return reading === null ? null : JSON.stringify(reading);
}
