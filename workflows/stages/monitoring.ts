import { startChild } from '@temporalio/workflow';
import { passEvidenceGate } from '../gates.ts';
import { handBack, handOver } from '../hand-over.ts';
import { holdUnlessWell } from '../hold.ts';
import { outside } from '../proxies.ts';
import { soak } from '../soak.ts';
import { steering } from '../steering.ts';
import { moveInJira } from '../move-in-jira.ts';
import { rollBack } from '../roll-back.ts';
import type { Ticket } from '../ticket-entity.ts';
import { forgetUndo } from '../undo.ts';

/** A ticket is done when it has run reliably, not when it is merged. */
export async function monitoringStage(ticket: Ticket): Promise<void> {
  const { key } = ticket;
  const { round, policy } = ticket.state;
  const { delivered } = ticket.carried;
  if (policy === null) throw new Error('monitoring starts with a policy');
  const moving = moveInJira(ticket, 'monitoring');
  const child = await startChild(soak, {
    workflowId: `ticket/${key}/soak/${round}`,
    args: [{ key, round, delivered, policy }],
  });
  forgetUndo(ticket, 'roll-back'); // the soak owns it from here on
  const result = await steering(ticket, child);
  await moving;
  const hash = ticket.state.packet?.hash ?? '';
  if (!passEvidenceGate(ticket, 'monitoring', hash, result.evidence)) {
    await holdUnlessWell(ticket, result.restored);
    const because = `the soak was not clean, rolled back: ${result.sentence}`;
    return handBack(ticket, 'monitoring', because, [...result.evidence, ...result.restored]);
  }
  // Told after the soak had ended: it still counts.
  if (ticket.steering.includes('rollback')) {
    const restored = await rollBack(key, round, delivered);
    await holdUnlessWell(ticket, restored);
    return handBack(ticket, 'monitoring', 'rolled back by a person', restored);
  }
  await ticket.goAhead();
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
    moveInJira(ticket, 'done'),
  ]);
  ticket.record(
    { type: 'ended', outcome: 'stable' },
    { kind: 'ended', text: `${key} is stable in production` },
  );
}
