import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Decision, DecisionReceipt } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import type { TicketRow, TicketState } from '../domain/ticket.ts';

/** Input of `deliverTicket`, whose id is `ticket/<key>`. `state` is carried by continue-as-new only. */
export interface DeliverTicketInput {
  readonly key: string;
  /** How it began: `jira` (a transition), `cli` (by hand: the Jira ticket is moved as well), `reconcile`. */
  readonly startedBy: 'jira' | 'cli' | 'reconcile';
  readonly state?: TicketState;
}

/**
 * A person's decision. Refused with an `ApplicationFailure` of type `DecisionRefused` whose message is
 * the sentence for the person; the same id twice gives the first receipt.
 */
export const decideUpdate = defineUpdate<DecisionReceipt, [Decision]>('decide');
/** Something a system said; idempotent on the fact's id. */
export const reportFactSignal = defineSignal<[Fact]>('reportFact');
export const ticketQuery = defineQuery<TicketRow>('ticket');
