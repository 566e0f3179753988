import type { JournalEntry } from '../domain/ticket.ts';
import type { Store } from '../store/port.ts';

/**
 * Puts a thing that happened outside into the audit log and the live story. Idempotent: `id` names the
 * effect, so an activity that ran twice is one line.
 */
export async function recordEffect(
  store: Store,
  ticket: string,
  id: string,
  text: string,
  data: JournalEntry['data'] = {},
  kind: JournalEntry['kind'] = 'effect',
): Promise<void> {
  await store.record({
    id: `${ticket}/${id}`,
    at: Date.now(),
    ticket,
    kind,
    actor: 'baton',
    text,
    data,
  });
}
