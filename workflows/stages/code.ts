import { executeChild } from '@temporalio/workflow';
import type { Change } from '../../domain/packet.schema.ts';
import type { ChangeRef } from '../../domain/ticket.ts';
import { changeRepository } from '../change-repository.ts';
import { passEvidenceGate } from '../gates.ts';
import { handBack, handOver } from '../hand-over.ts';
import { outside } from '../proxies.ts';
import type { Ticket } from '../ticket-entity.ts';
import { rememberUndo } from '../undo.ts';

/** One child for each repository, in parallel; all of them must end with a pull request. */
export async function codeStage(ticket: Ticket): Promise<void> {
  const { key, state } = ticket;
  const { packet, round, title, services } = state;
  if (packet === null) throw new Error('code starts with a packet');
  const at = state.intervals.at(-1)?.startedAt ?? state.startedAt;
  const moving = outside.moveTicket({ key, status: 'code', marker: `${key}/code/${round}` });
  const results = await Promise.all(
    services.map(({ name: service, repository }) =>
      executeChild(changeRepository, {
        workflowId: `ticket/${key}/repo/${repository}/${round}`,
        args: [{ key, title, repository, service, round, packet, at }],
      }),
    ),
  );
  await moving;
  const changes = results.flatMap((r) => (r.outcome === 'changed' ? [r.change] : []));
  for (const { repository, pullRequest } of changes) {
    rememberUndo(ticket, { kind: 'close-pull-request', repository, number: pullRequest.number });
  }
  const failed = results.find((r) => r.outcome === 'failed');
  if (failed !== undefined) return handBack(ticket, 'code', failed.because, failed.evidence);
  await leaveCode(ticket, changes);
}

async function leaveCode(ticket: Ticket, changes: readonly Change[]): Promise<void> {
  const refs = changes.map(refOf);
  ticket.record({
    type: 'changed',
    changes: refs,
    authors: [...new Set(changes.flatMap((c) => c.authors))],
  });
  const evidence = changes.flatMap((c) => c.evidence);
  if (!passEvidenceGate(ticket, 'code', ticket.state.packet?.hash ?? '', evidence)) {
    return handBack(ticket, 'code', 'the new tests prove nothing', evidence);
  }
  await handOver(ticket, 'code', 'review', { changes: [...changes] });
}

/** What the workflow carries of a change; the rest of it is in the packet. */
function refOf({
  repository,
  service,
  branch,
  baseCommit,
  headCommit,
  pullRequest,
}: Change): ChangeRef {
  return { repository, service, branch, baseCommit, headCommit, pullRequest };
}
