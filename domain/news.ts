import type { Fact } from './fact.schema.ts';
import type { TicketRow } from './ticket.ts';
import { STAGES, type Stage } from './stages.ts';

/** The tracker's status for each place on a ticket's way; a stage may have none of its own. */
export type StatusNames = Readonly<Partial<Record<Stage | 'start' | 'done', string | undefined>>>;

const WAY = ['start', ...STAGES, 'done'] as const;

/**
 * Whether a fact can matter to a ticket that is on its way. Most of what the vendors tell is the echo
 * of what Baton itself did; passing it on would cost every ticket dozens of events. What is left out
 * here by mistake is found by `reconcile`, and a merge still names its head.
 */
export function isNews(ticket: TicketRow, fact: Fact, statuses: StatusNames): boolean {
  switch (fact.kind) {
    case 'ticket-moved':
      return placeOf(fact.to, statuses) <= placeOf(fact.from, statuses);
    case 'ticket-edited':
      return true;
    case 'ci-finished':
      return ticket.stage === 'review' && isUnderReview(ticket, fact.repository, fact.commit);
    case 'branch-pushed':
      return ticket.stage === 'review' && !isUnderReview(ticket, fact.repository, fact.commit);
    case 'pull-request-closed':
      return ticket.stage === 'review';
    default:
      fact satisfies never;
      return true;
  }
}

/** A status of nobody's lies before the way: moving there is moving back. */
function placeOf(status: string, statuses: StatusNames): number {
  return WAY.findIndex((place) => statuses[place] === status);
}

function isUnderReview(ticket: TicketRow, repository: string, commit: string): boolean {
  return ticket.changes.some(
    (c) => c.repository.toLowerCase() === repository.toLowerCase() && c.headCommit === commit,
  );
}
