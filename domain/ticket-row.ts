import type { TicketRow, TicketState } from './ticket.ts';
import { waitingFor } from './waiting.ts';

/** The read model's row of a ticket: what every surface shows. */
export function rowOf(state: TicketState): TicketRow {
  const {
    key,
    title,
    url,
    requester,
    tier,
    stage,
    round,
    outcome,
    packet,
    approvals,
    changes,
    rollouts,
    services,
    revision,
    startedAt,
    endedAt,
    questions,
  } = state;
  return {
    key,
    title,
    url,
    requester,
    tier,
    stage,
    round,
    outcome,
    packet,
    approvals,
    changes,
    rollouts,
    services,
    revision,
    startedAt,
    endedAt,
    questions,
    waiting: waitingFor(state),
    openGate:
      state.gate === null
        ? null
        : { gate: state.gate.gate, subject: state.gate.subject, pending: state.gate.pending },
    updatedAt: state.countedUntil,
  };
}
