import type { TicketShape } from '../gateway/api/shapes.schema.ts';

/** The one sentence a person needs about a ticket. */
export function statusSentence({ outcome, waiting, stage }: TicketShape): string {
  if (outcome === 'stable') return 'Running reliably in production.';
  if (outcome !== null) return `Ended: ${outcome}.`;
  return waiting === null ? `Baton is at work on ${stage}.` : waiting.sentence;
}
