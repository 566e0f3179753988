import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
} from '@temporalio/workflow';
import type { Stage } from '../domain/stages.ts';
import type { TicketRow } from '../domain/ticket.ts';
import { holdForPerson } from './hold.ts';
import { watchJira } from './watch-jira.ts';
import type { DeliverTicketInput } from './messages.ts';
import { outside, store } from './proxies.ts';
import { reasonOf } from './reasons.ts';
import { canaryStage } from './stages/canary.ts';
import { codeStage } from './stages/code.ts';
import { monitoringStage } from './stages/monitoring.ts';
import { reviewStage } from './stages/review.ts';
import { specStage } from './stages/spec.ts';
import { verificationStage } from './stages/verification.ts';
import { Ticket } from './ticket-entity.ts';
import { undoAll } from './undo.ts';

const stages: Record<Stage, (ticket: Ticket) => Promise<void>> = {
  spec: specStage,
  code: codeStage,
  review: reviewStage,
  verification: verificationStage,
  canary: canaryStage,
  monitoring: monitoringStage,
};

/**
 * The ticket itself, from its spec to stable in production. Runs one stage, then continues as new with
 * everything it knows; answers every message meanwhile. It never fails: what cannot go on is held, and
 * a person decides.
 */
export async function deliverTicket(input: DeliverTicketInput): Promise<TicketRow> {
  const ticket = new Ticket(input);
  const watching = watchJira(ticket);
  try {
    await ticket.cancellable(() => runStage(ticket));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => cancel(ticket));
  }
  await watching.end();
  await condition(allHandlersFinished);
  if (ticket.cancelled !== null && ticket.state.outcome === null) await cancel(ticket);
  await ticket.flush();
  await condition(allHandlersFinished);
  if (ticket.state.outcome !== null) return ticket.row;
  return continueAsNew<typeof deliverTicket>({
    key: input.key,
    startedBy: input.startedBy,
    carried: ticket.carry(),
  });
}

async function runStage(ticket: Ticket): Promise<void> {
  if (!ticket.isTakenUp) await takeUp(ticket);
  await ticket.goAhead();
  try {
    await stages[ticket.state.stage](ticket);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Every effect of a stage is found again before it is made: after a person's `resume` it runs once more.
    await holdForPerson(ticket, reasonOf(error));
  }
}

async function takeUp(ticket: Ticket): Promise<void> {
  const before = await store.readEarlierLife({ key: ticket.key });
  ticket.isTakenUp = true;
  const again = before === null ? '' : ` again, after round ${before.round}`;
  ticket.record(
    { type: 'takenUp', before },
    { kind: 'note', text: `${ticket.key} taken up${again}` },
  );
}

async function cancel(ticket: Ticket): Promise<void> {
  ticket.isTakenUp = true; // cancelled before it was: the end is journaled all the same
  const undone = await undoAll(ticket);
  ticket.record(
    { type: 'ended', outcome: 'cancelled' },
    {
      kind: 'ended',
      actor: ticket.cancelled?.by ?? 'baton',
      text: `${ticket.key} is cancelled${undone.length === 0 ? '' : `: ${undone.join(', ')}`}`,
    },
  );
  const notice = { kind: 'cancelled' as const, undone };
  const marker = `${ticket.key}/cancelled/${ticket.state.round}`;
  // The ticket has ended whether or not Jira and Slack can be told.
  await Promise.allSettled([
    outside.commentOnTicket({ marker, notice, ticket: ticket.row }),
    outside.postMessage({ marker, notice, ticket: ticket.row, thread: ticket.carried.thread }),
  ]);
}
