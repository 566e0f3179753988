import { outside } from './proxies.ts';
import type { Ticket } from './ticket-entity.ts';

/** Holds the ticket until somebody resumes it: what Baton cannot decide, it does not guess. */
export async function holdForPerson(ticket: Ticket, reason: string): Promise<void> {
  ticket.record(
    { type: 'held', by: 'baton', reason },
    { kind: 'waiting', text: `Held: ${reason}` },
  );
  const marker = `${ticket.key}/held/${ticket.state.round}/${ticket.state.stage}/${ticket.state.revision}`;
  await outside.postMessage({
    marker,
    notice: { kind: 'held', reason },
    ticket: ticket.row,
    thread: ticket.carried.thread,
  });
  await ticket.goAhead();
}
