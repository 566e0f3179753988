import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { reads } from './proxies.ts';
import { reasonOf } from './reasons.ts';
import type { Ticket } from './ticket-entity.ts';

/**
 * Follows what people do to the ticket in Jira while a stage runs. A move or an edit is looked at as
 * it is now, not as it was told: our own moves arrive late and out of order. A person who moves the
 * ticket back wants it stopped, and one who edits an approved spec wants something else: it is held,
 * never silently carried on.
 */
export function watchJira(ticket: Ticket): { end(): Promise<void> } {
  const scope = new CancellationScope();
  const watching = scope.run(async () => {
    for (;;) {
      await condition(() => isMoved(ticket) || isEdited(ticket));
      const reason = isMoved(ticket) ? await movedBack(ticket) : await editedSpec(ticket);
      if (reason === null || ticket.state.held !== null || ticket.state.outcome !== null) continue;
      ticket.record(
        { type: 'held', by: 'jira', reason },
        { kind: 'waiting', text: `Held: ${reason}` },
      );
    }
  });
  const ended = watching.catch((error: unknown) => {
    if (isCancellation(error)) return;
    // Jira refuses to be read: what people do there is seen again in the next stage.
    ticket.tell({ kind: 'note', text: `Jira could not be followed: ${reasonOf(error)}` });
  });
  return {
    async end() {
      scope.cancel();
      await ended;
    },
  };
}

const isMoved = (ticket: Ticket): boolean => ticket.hasFact('ticket-moved');

/** In `spec` the stage itself reads the ticket anew. */
const isEdited = (ticket: Ticket): boolean =>
  ticket.state.stage !== 'spec' && ticket.hasFact('ticket-edited');

async function movedBack(ticket: Ticket): Promise<string | null> {
  const seen = ticket.facts.filter((fact) => fact.kind === 'ticket-moved');
  const { key, state } = ticket;
  const { position, status } = await reads.readTicketPosition({ key, stage: state.stage });
  ticket.drop(seen);
  const by = seen.at(-1)?.by ?? 'somebody';
  return position === 'moved-back' ? `moved back to "${status}" in Jira by ${by}` : null;
}

async function editedSpec(ticket: Ticket): Promise<string | null> {
  const seen = ticket.facts.filter((fact) => fact.kind === 'ticket-edited');
  const { key, state } = ticket;
  const changed =
    state.packet !== null && (await reads.hasSpecChanged({ key, packet: state.packet }));
  ticket.drop(seen);
  return changed
    ? 'the ticket was edited after its spec was approved. Resume to deliver what was approved, or cancel and start it again for a new spec'
    : null;
}
