import { setHandler, startChild } from '@temporalio/workflow';
import { inconclusiveSignal, type RollOutResult } from '../messages.ts';
import { handBack, handOver } from '../hand-over.ts';
import { holdUnlessWell } from '../hold.ts';
import { passEvidenceGate } from '../gates.ts';
import { outside } from '../proxies.ts';
import { rollOut } from '../roll-out.ts';
import { steering } from '../steering.ts';
import { moveInJira } from '../move-in-jira.ts';
import type { Ticket } from '../ticket-entity.ts';
import { rememberUndo } from '../undo.ts';

/** The rollout is a child that owns its undo; the ticket passes on what people decide and takes the result. */
export async function canaryStage(ticket: Ticket): Promise<void> {
  const { key } = ticket;
  const { round, changes, policy } = ticket.state;
  const { releases } = ticket.carried;
  if (releases === null || policy === null)
    throw new Error('a rollout starts with the release that was verified');
  const moving = moveInJira(ticket, 'canary');
  setHandler(inconclusiveSignal, (news) => tellInconclusive(ticket, news));
  const child = await startChild(rollOut, {
    workflowId: `ticket/${key}/rollout/${round}`,
    args: [{ key, round, changes, policy, ...releases }],
  });
  const { record, delivered } = await steering(ticket, child);
  await moving;
  const { verdict, steps, ticks, sentence } = record;
  ticket.record(
    { type: 'rolloutEnded', rollout: { round, verdict, steps, ticks, sentence } },
    { kind: 'verdict', text: `Rollout ${verdict}: ${sentence}` },
  );
  await leaveCanary(ticket, record, delivered);
}

async function leaveCanary(
  ticket: Ticket,
  record: RollOutResult['record'],
  delivered: RollOutResult['delivered'],
): Promise<void> {
  const promoted = record.verdict === 'promoted';
  const verdict = {
    id: `canary/${record.round}`,
    what: 'canary',
    layer: 'operation' as const,
    result: promoted ? ('passed' as const) : ('failed' as const),
    sentence: record.sentence,
    artifact: null,
    durationMs: 0,
  };
  const stands = passEvidenceGate(ticket, 'canary', ticket.state.packet?.hash ?? '', [verdict]);
  if (!stands) {
    const evidence = [verdict, ...record.restored];
    await holdUnlessWell(ticket, record.restored);
    return handBack(ticket, 'canary', `rolled back: ${record.sentence}`, evidence, {
      rollouts: [record],
    });
  }
  ticket.carried = { ...ticket.carried, delivered };
  rememberUndo(ticket, { kind: 'roll-back', round: record.round, delivered });
  await handOver(ticket, 'canary', 'monitoring', { rollouts: [record] });
}

/** Says in the waiting sentence and in the thread that a person is needed, and what happens without one. */
async function tellInconclusive(
  ticket: Ticket,
  news: { readonly because: string } | null,
): Promise<void> {
  if (news === null) {
    ticket.record({ type: 'waitEnded', id: 'canary' });
    return;
  }
  const { people, round, policy } = ticket.state;
  const because = `the canary is inconclusive (${news.because})`;
  ticket.record(
    {
      type: 'waitBegan',
      wait: { id: 'canary', for: 'a decision about the canary', because, who: people },
    },
    { kind: 'waiting', text: `Canary inconclusive: ${news.because}` },
  );
  await outside.postMessage({
    marker: `${ticket.key}/inconclusive/${round}`,
    notice: {
      kind: 'inconclusive',
      because: news.because,
      deadlineMs: policy?.deadlines.inconclusive ?? 0,
    },
    ticket: ticket.row,
    thread: ticket.carried.thread,
  });
}
