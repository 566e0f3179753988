import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { store } from './proxies.ts';
import type { Ticket } from './ticket-entity.ts';

/**
 * Follows the ticket's place in Jira while a stage runs. A move is looked at as it is now, not as it
 * was told: our own moves arrive late and out of order. A person who moves it back wants it stopped;
 * it is held, never silently moved forward again.
 */
export function watchPosition(ticket: Ticket): { end(): Promise<void> } {
  const scope = new CancellationScope();
  const watching = scope.run(async () => {
    for (;;) {
      await condition(() => ticket.hasFact('ticket-moved'));
      const moves = ticket.takeFacts('ticket-moved');
      const { position, status } = await store.readTicketPosition({
        key: ticket.key,
        stage: ticket.state.stage,
      });
      if (position !== 'moved-back' || ticket.state.held !== null || ticket.state.outcome !== null)
        continue;
      const by = moves.at(-1)?.by ?? 'somebody';
      const reason = `moved back to "${status}" in Jira by ${by}`;
      ticket.record(
        { type: 'held', by: 'jira', reason },
        { kind: 'waiting', text: `Held: ${reason}` },
      );
    }
  });
  const ended = watching.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return {
    async end() {
      scope.cancel();
      await ended;
    },
  };
}
