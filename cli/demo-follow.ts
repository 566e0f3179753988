import {
  ticketShape,
  type AuditEntryShape,
  type TicketShape,
} from '../gateway/api/shapes.schema.ts';
import { followEvents } from './event-stream.ts';
import type { GatewayClient } from './gateway-client.ts';
import { ticketPath } from './ticket.ts';

type Waiting = NonNullable<TicketShape['waiting']>;

export interface Followed {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly onEntry: (entry: AuditEntryShape) => void;
  /** Called once for each thing that the ticket begins to wait for. */
  readonly onWaiting: (waiting: Waiting) => void;
}

/** Follows a ticket as any client can: its entries as they come, and what it waits for after each of them. */
export async function followTicket(gateway: GatewayClient, followed: Followed): Promise<void> {
  const { key, signal, onEntry, onWaiting } = followed;
  let known = '';
  const look = coalesced(async () => {
    const { waiting } = await gateway.get(ticketPath(key), ticketShape);
    const now = waiting === null ? '' : `${waiting.for} ${waiting.since}`;
    if (waiting !== null && now !== known && !signal.aborted) onWaiting(waiting);
    known = now;
  });
  await followEvents(gateway.url, {
    ticket: key,
    signal,
    onEntry: (entry) => {
      onEntry(entry);
      look();
    },
  });
}

/** However often it is called, one run at a time, and one more after the last call. A failed run is made good by the next. */
function coalesced(work: () => Promise<void>): () => void {
  let pending: Promise<void> | null = null;
  let running = Promise.resolve();
  return () => {
    pending ??= running.then(() => {
      pending = null;
      running = work().catch(() => undefined);
    });
  };
}
