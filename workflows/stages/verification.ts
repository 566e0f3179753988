import {
  CancellationScope,
  condition,
  ParentClosePolicy,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { EnvironmentReady } from '../../activities/verification.ts';
import type { Evidence } from '../../domain/packet.schema.ts';
import { passEvidenceGate, passGate } from '../gates.ts';
import { enter, handBack, handOver } from '../hand-over.ts';
import { keepEnvironment } from '../keep-environment.ts';
import { environmentSignal } from '../messages.ts';
import { outside, verification } from '../proxies.ts';
import { moveInJira } from '../move-in-jira.ts';
import type { Ticket } from '../ticket-entity.ts';
import { endEnvironment, forgetUndo, rememberUndo } from '../undo.ts';

/** The new version in a production-like place: its whole suite, one executed check per criterion, and the way back walked and timed. Then a person releases. */
export async function verificationStage(ticket: Ticket): Promise<void> {
  const moving = moveInJira(ticket, 'verification');
  const ready = await startEnvironment(ticket);
  const verified = verify(ticket, ready).finally(() => leaveEnvironment(ticket));
  const { evidence, rollbackMs } = await verified;
  await moving;
  if (!passEvidenceGate(ticket, 'verification', ticket.state.packet?.hash ?? '', evidence)) {
    const failed = evidence.filter((e) => e.result !== 'passed');
    const because =
      failed.length === 0
        ? 'no check was executed'
        : failed.map((e) => `${e.what}: ${e.sentence}`).join('; ');
    return handBack(ticket, 'verification', because, evidence);
  }
  const { before, after } = ready;
  const add = {
    verification: { evidence: [...evidence], rollbackMs },
    release: { before: before.map(mutable), after: after.map(mutable) },
  };
  if (!(await handOver(ticket, 'verification', null, add))) return;
  ticket.carried = { ...ticket.carried, releases: { before, after } };
  await release(ticket);
}

/** The gate that is nothing but a person's decision, about exactly the sealed packet. */
async function release(ticket: Ticket): Promise<void> {
  const { key } = ticket;
  const { round } = ticket.state;
  const outcome = await passGate(ticket, { gate: 'release' });
  if (outcome !== 'passed') {
    const { rejection } = ticket.state;
    return handBack(
      ticket,
      'verification',
      `${rejection?.by ?? 'somebody'} rejected the release: ${rejection?.reason ?? ''}`,
      [],
    );
  }
  await outside.commentOnTicket({
    marker: `${key}/released/${round}`,
    notice: { kind: 'released' },
    ticket: ticket.row,
  });
  enter(ticket, 'verification', 'canary');
}

async function verify(
  ticket: Ticket,
  ready: EnvironmentReady,
): Promise<{ readonly evidence: readonly Evidence[]; readonly rollbackMs: number }> {
  const { key } = ticket;
  const { changes, packet } = ticket.state;
  if (packet === null) throw new Error('verification starts with a packet');
  const forward = await verification.stepForward({ key, ready });
  const [suites, criteria] = await Promise.all([
    Promise.all(changes.map((change) => verification.runSuite({ key, change }))),
    verification.checkCriteria({ key, packet, ready, changes }),
  ]);
  const back = await verification.stepBack({ key, ready });
  return {
    evidence: [...forward, ...suites, ...criteria, ...back.evidence],
    rollbackMs: back.rollbackMs,
  };
}

const environmentWorkflow = (key: string, round: number): string => `ticket/${key}/env/${round}`;

/** Abandoned on purpose: whatever becomes of the ticket, the environment's own workflow tears it down. */
async function startEnvironment(ticket: Ticket): Promise<EnvironmentReady> {
  const { key } = ticket;
  const { round, changes, policy } = ticket.state;
  const workflowId = environmentWorkflow(key, round);
  const ttlMs = policy?.verification.environmentTtl ?? 14_400_000;
  let answer: { readonly ready: EnvironmentReady | null; readonly because: string } | null = null;
  setHandler(environmentSignal, (told) => {
    if (told.round === round) answer = told;
  });
  rememberUndo(ticket, { kind: 'end-environment', workflowId });
  await startChild(keepEnvironment, {
    workflowId,
    args: [{ key, round, changes, ttlMs }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
  await condition(() => answer !== null, ttlMs);
  const told = answer as {
    readonly ready: EnvironmentReady | null;
    readonly because: string;
  } | null;
  if (told?.ready == null)
    throw new Error(`the environment did not start: ${told?.because ?? 'no answer'}`);
  return told.ready;
}

/** Whatever came of the checks: the next try starts an environment of its own. */
async function leaveEnvironment(ticket: Ticket): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    endEnvironment(environmentWorkflow(ticket.key, ticket.state.round)),
  );
  forgetUndo(ticket, 'end-environment');
}

const mutable = <T extends { flags: object; secrets: object }>(release: T) => ({
  ...release,
  flags: { ...release.flags },
  secrets: { ...release.secrets },
});
