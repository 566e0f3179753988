import type { TicketRow, TicketState } from './ticket.ts';
import { waitingFor } from './waiting.ts';

/** The read model's row of a ticket: what every surface shows. */
export function rowOf(state: TicketState): TicketRow {
  const { gate } = state;
  return {
    key: state.key,
    title: state.title,
    url: state.url,
    requester: state.requester,
    tier: state.tier,
    stage: state.stage,
    round: state.round,
    outcome: state.outcome,
    waiting: waitingFor(state),
    openGate:
      gate === null ? null : { gate: gate.gate, subject: gate.subject, pending: gate.pending },
    questions: state.questions,
    packet: state.packet,
    approvals: state.approvals,
    changes: state.changes,
    rollouts: state.rollouts,
    services: state.services,
    revision: state.revision,
    startedAt: state.startedAt,
    updatedAt: state.countedUntil,
    endedAt: state.endedAt,
  };
}
