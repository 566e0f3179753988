import type { Evidence } from '../../domain/packet.schema.ts';
import type { ChangeRef } from '../../domain/ticket.ts';
import { passGate, type GateOutcome } from '../gates.ts';
import { handBack, handOver } from '../hand-over.ts';
import { reads } from '../proxies.ts';
import { moveInJira } from '../move-in-jira.ts';
import type { Ticket } from '../ticket-entity.ts';

/** What is known while the gate is shut. */
interface Look {
  evidence: readonly Evidence[];
  /** Checks somebody else still runs. */
  pending: readonly string[];
  /** What somebody did by hand to what is under review. */
  overtaken: string | null;
}

/** CI on the head commit, and approvals by people who neither asked for it nor wrote it. */
export async function reviewStage(ticket: Ticket): Promise<void> {
  const { changes } = ticket.state;
  const moving = moveInJira(ticket, 'review');
  const pending = changes.map((c) => `CI of ${c.repository}`);
  const look: Look = { evidence: [], pending, overtaken: null };
  const outcome = await passGate(ticket, {
    gate: 'review',
    pending,
    hasNews: () =>
      ticket.hasFact('branch-pushed', 'pull-request-closed') ||
      (look.pending.length > 0 && ticket.hasFact('ci-finished')),
    isLost: () => look.overtaken !== null || look.evidence.some((e) => e.result !== 'passed'),
    look: () => lookAgain(ticket, look),
  });
  await moving;
  if (outcome === 'passed') {
    await handOver(ticket, 'review', 'verification', { review: [...look.evidence] });
    return;
  }
  await handBack(ticket, 'review', becauseOf(ticket, outcome, look), look.evidence);
}

async function lookAgain(ticket: Ticket, look: Look): Promise<void> {
  const { key, state } = ticket;
  look.overtaken ??= overtakenBy(ticket, state.changes);
  ticket.takeFacts('ci-finished');
  const { evidence, pending } = await reads.readCi({ key, changes: state.changes });
  look.evidence = evidence;
  look.pending = pending;
  const results = evidence.map(({ id, result, sentence }) => ({ id, result, sentence }));
  ticket.record({ type: 'evidence', evidence: results, pending });
}

/** A push, a merge or a closing by hand: whatever was approved, it was not this. */
function overtakenBy(ticket: Ticket, changes: readonly ChangeRef[]): string | null {
  for (const { repository, branch, commit } of ticket.takeFacts('branch-pushed')) {
    const over = changes.some(
      (c) => c.repository === repository && c.branch === branch && c.headCommit !== commit,
    );
    if (over) return `${repository} has a new commit ${commit.slice(0, 8)} on ${branch}`;
  }
  for (const { repository, number, merged } of ticket.takeFacts('pull-request-closed')) {
    const over = changes.some(
      (c) => c.repository === repository && c.pullRequest.number === number,
    );
    if (over) return `${repository}#${number} was ${merged ? 'merged' : 'closed'} by hand`;
  }
  return null;
}

function becauseOf(ticket: Ticket, outcome: GateOutcome, { overtaken, evidence }: Look): string {
  const { rejection } = ticket.state;
  if (outcome === 'rejected' && rejection !== null) {
    return `${rejection.by} rejected the change: ${rejection.reason}`;
  }
  if (overtaken !== null)
    return `${overtaken}: what was reviewed is no longer what would be merged`;
  const failed = evidence.filter((e) => e.result !== 'passed');
  return failed.map((e) => `${e.what} ${e.result} (${e.sentence})`).join('; ');
}
