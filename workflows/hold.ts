import type { Evidence } from '../domain/packet.schema.ts';
import { outside } from './proxies.ts';
import type { Ticket } from './ticket-entity.ts';

/** Holds the ticket until somebody resumes it: what Baton cannot decide, it does not guess. */
export async function holdForPerson(ticket: Ticket, reason: string): Promise<void> {
  ticket.record(
    { type: 'held', by: 'baton', reason },
    { kind: 'waiting', text: `Held: ${reason}` },
  );
  const marker = `${ticket.key}/held/${ticket.state.round}/${ticket.state.stage}/${ticket.state.revision}`;
  // Said if it can be said: a chat that is away must not keep the ticket from being held and resumed.
  const said = outside.postMessage({
    marker,
    notice: { kind: 'held', reason },
    ticket: ticket.row,
    thread: ticket.carried.thread,
  });
  said.catch(() => undefined);
  await ticket.goAhead();
}

/** A rollback is finished when the restored state has passed its checks (invariant 8); before that no next round begins. */
export async function holdUnlessWell(ticket: Ticket, restored: readonly Evidence[]): Promise<void> {
  const bad = restored.filter((e) => e.result !== 'passed');
  if (bad.length === 0) return;
  const what = bad.map((e) => `${e.what}: ${e.sentence}`).join('; ');
  await holdForPerson(ticket, `what was restored is NOT well (${what}). Mend it, then resume`);
}
