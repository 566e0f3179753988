import { executeChild } from '@temporalio/workflow';
import type { Change } from '../../domain/packet.schema.ts';
import type { ChangeRef } from '../../domain/ticket.ts';
import { changeRepository, type ChangeRepositoryResult } from '../change-repository.ts';
import type { ChangeRepositoryInput } from '../messages.ts';
import { passEvidenceGate } from '../gates.ts';
import { handBack, handOver } from '../hand-over.ts';
import { moveInJira } from '../move-in-jira.ts';
import type { Ticket } from '../ticket-entity.ts';
import { rememberUndo } from '../undo.ts';

/** One child for each repository, in parallel; all of them must end with a pull request. */
export async function codeStage(ticket: Ticket): Promise<void> {
  const { key, state } = ticket;
  const { packet, round, title, services } = state;
  if (packet === null) throw new Error('code starts with a packet');
  const at = state.intervals.at(-1)?.startedAt ?? state.startedAt;
  const moving = moveInJira(ticket, 'code');
  const results = await Promise.all(
    services.map(({ name: service, repository }) =>
      changeOne(ticket, { key, title, repository, service, round, packet, at }),
    ),
  );
  await moving;
  const changes = results.flatMap((r) => (r.outcome === 'changed' ? [r.change] : []));
  const failed = results.find((r) => r.outcome === 'failed');
  if (failed !== undefined) return handBack(ticket, 'code', failed.because, failed.evidence);
  await leaveCode(ticket, changes);
}

/** Its undo is known as soon as it is done, whatever the other repositories are at. */
async function changeOne(
  ticket: Ticket,
  input: ChangeRepositoryInput,
): Promise<ChangeRepositoryResult> {
  const { key, repository, round } = input;
  const result = await executeChild(changeRepository, {
    workflowId: `ticket/${key}/repo/${repository}/${round}`,
    args: [input],
  });
  if (result.outcome === 'changed') {
    const { number } = result.change.pullRequest;
    rememberUndo(ticket, { kind: 'close-pull-request', repository, number });
  }
  return result;
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
