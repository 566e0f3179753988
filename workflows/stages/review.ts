import type { Evidence } from '../../domain/packet.schema.ts';
import { passGate } from '../gates.ts';
import { handBack, handOver } from '../hand-over.ts';
import { outside, reads } from '../proxies.ts';
import type { Ticket } from '../ticket-entity.ts';

/** CI on the head commit, and approvals by people who neither asked for it nor wrote it. */
export async function reviewStage(ticket: Ticket): Promise<void> {
  const { key, state } = ticket;
  const { changes, round } = state;
  const moving = outside.moveTicket({ key, status: 'review', marker: `${key}/review/${round}` });
  let evidence: readonly Evidence[] = [];
  let pending: readonly string[] = changes.map((c) => `CI of ${c.repository}`);
  let pushedOver: string | null = null;
  const outcome = await passGate(ticket, {
    gate: 'review',
    pending,
    hasNews: () =>
      ticket.hasFact('branch-pushed') || (pending.length > 0 && ticket.hasFact('ci-finished')),
    isLost: () => pushedOver !== null || evidence.some((e) => e.result !== 'passed'),
    look: async () => {
      const pushes = ticket.takeFacts('branch-pushed');
      const over = pushes.find((p) =>
        changes.some(
          (c) =>
            c.repository === p.repository && c.branch === p.branch && c.headCommit !== p.commit,
        ),
      );
      pushedOver =
        over === undefined
          ? pushedOver
          : `${over.repository} has a new commit ${over.commit.slice(0, 8)} on ${over.branch}`;
      ticket.takeFacts('ci-finished');
      ({ evidence, pending } = await reads.readCi({ key, changes }));
      ticket.record({
        type: 'evidence',
        evidence: evidence.map(({ id, result, sentence }) => ({ id, result, sentence })),
        pending,
      });
    },
  });
  await moving;
  if (outcome === 'passed') {
    await handOver(ticket, 'review', 'verification', { review: [...evidence] });
    return;
  }
  await handBack(ticket, 'review', becauseOf(ticket, outcome, pushedOver, evidence), evidence);
}

function becauseOf(
  ticket: Ticket,
  outcome: 'rejected' | 'lost',
  pushedOver: string | null,
  evidence: readonly Evidence[],
): string {
  const { rejection } = ticket.state;
  if (outcome === 'rejected' && rejection !== null)
    return `${rejection.by} rejected the change: ${rejection.reason}`;
  if (pushedOver !== null)
    return `${pushedOver}: what was reviewed is no longer what would be merged`;
  return evidence
    .filter((e) => e.result !== 'passed')
    .map((e) => `${e.what} ${e.result} (${e.sentence})`)
    .join('; ');
}
