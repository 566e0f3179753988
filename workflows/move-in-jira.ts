import type { TicketStatus } from '../activities/notices.ts';
import { outside } from './proxies.ts';
import { reasonOf } from './reasons.ts';
import type { Ticket } from './ticket-entity.ts';

/**
 * Shows in Jira where the ticket is. Never rejects: a Jira that refuses the move is noted in the story,
 * and holds nothing up that is already true.
 */
export async function moveInJira(ticket: Ticket, status: TicketStatus): Promise<void> {
  const { key, state } = ticket;
  try {
    await outside.moveTicket({ key, status, marker: `${key}/${status}/${state.round}` });
  } catch (error) {
    ticket.tell({
      kind: 'note',
      text: `Jira did not move the ticket to ${status}: ${reasonOf(error)}`,
    });
  }
}
