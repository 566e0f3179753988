import { startChild } from '@temporalio/workflow';
import { passEvidenceGate } from '../gates.ts';
import { handBack, handOver } from '../hand-over.ts';
import { outside } from '../proxies.ts';
import { soak } from '../soak.ts';
import { steering } from '../steering.ts';
import type { Ticket } from '../ticket-entity.ts';

/** A ticket is done when it has run reliably, not when it is merged. */
export async function monitoringStage(ticket: Ticket): Promise<void> {
  const { key } = ticket;
  const { round, policy } = ticket.state;
  const { delivered } = ticket.carried;
  if (policy === null) throw new Error('monitoring starts with a policy');
  const moving = outside.moveTicket({
    key,
    status: 'monitoring',
    marker: `${key}/monitoring/${round}`,
  });
  const child = await startChild(soak, {
    workflowId: `ticket/${key}/soak/${round}`,
    args: [{ key, round, delivered, policy }],
  });
  const result = await steering(ticket, child);
  await moving;
  if (!passEvidenceGate(ticket, 'monitoring', ticket.state.packet?.hash ?? '', result.evidence)) {
    return handBack(
      ticket,
      'monitoring',
      `the soak was not clean, rolled back: ${result.sentence}`,
      [...result.evidence, ...result.restored],
    );
  }
  if (!(await handOver(ticket, 'monitoring', null, { soak: { evidence: [...result.evidence] } })))
    return;
  await finish(ticket);
}

async function finish(ticket: Ticket): Promise<void> {
  const { key } = ticket;
  ticket.carried = { ...ticket.carried, undo: [] };
  const notice = { kind: 'done' as const, intervals: ticket.state.intervals };
  const marker = `${key}/done/${ticket.state.round}`;
  await Promise.all([
    outside.commentOnTicket({ marker, notice, ticket: ticket.row }),
    outside.postMessage({ marker, notice, ticket: ticket.row, thread: ticket.carried.thread }),
    outside.moveTicket({ key, status: 'done', marker }),
  ]);
  ticket.record(
    { type: 'ended', outcome: 'stable' },
    { kind: 'ended', text: `${key} is stable in production` },
  );
}
