import { condition } from '@temporalio/workflow';
import { decide } from '../domain/decide.ts';
import { gateStands } from '../domain/apply.ts';
import { missingFor } from '../domain/gate.ts';
import type { TicketState } from '../domain/ticket.ts';
import type { DecidedGate, Gate } from '../domain/stages.ts';
import type { Evidence } from '../domain/packet.schema.ts';
import type { MessageRef } from '../domain/card.ts';
import type { Ticket } from './ticket-entity.ts';
import { outside } from './proxies.ts';

export interface OpenGate {
  readonly gate: DecidedGate;
  readonly pending?: readonly string[];
  /** Called whenever something may have changed while the gate is shut; must not throw away facts it does not handle. */
  readonly look?: () => Promise<void>;
  /** True when looking is worth while. */
  readonly hasNews?: () => boolean;
  /** True when the gate can never open any more: evidence failed, the content changed. */
  readonly isLost?: (state: TicketState) => boolean;
}

export type GateOutcome = 'passed' | 'rejected' | 'lost';

/**
 * Opens a gate that people decide, asks them once, and waits. A deadline never approves: it holds the
 * ticket, says so in the same message, and goes on waiting. The packet's hash is what is approved.
 */
export async function passGate(ticket: Ticket, open: OpenGate): Promise<GateOutcome> {
  const { gate } = open;
  const { policy, tier, packet, round } = ticket.state;
  const subject = packet?.hash ?? '';
  const marker = `${ticket.key}/gate/${gate}/${round}/${packet?.version ?? 0}`;
  const deadlineMs = policy?.deadlines.decision ?? null;
  ticket.record(
    {
      type: 'gateOpened',
      gate,
      subject,
      requiredApprovals: policy?.approvals[gate][tier] ?? 1,
      deadlineMs,
      pending: open.pending ?? [],
    },
    { kind: 'gate', text: `Gate ${gate} is open for decisions`, data: { subject } },
  );
  takeBuffered(ticket, gate);
  const asking = isDecided(ticket, open)
    ? null
    : outside.postMessage({
        marker,
        notice: { kind: 'gate', gate },
        ticket: ticket.row,
        thread: ticket.carried.thread,
      });
  const [message] = await Promise.all([asking, open.look?.()]);
  await untilDecided(ticket, open);
  const outcome: GateOutcome = gateStands(ticket.state)
    ? 'passed'
    : ticket.state.rejection?.gate === gate
      ? 'rejected'
      : 'lost';
  if (outcome === 'passed')
    ticket.record({ type: 'gatePassed' }, { kind: 'gate', text: `Gate ${gate} passed` });
  if (outcome === 'lost')
    ticket.record(
      { type: 'gateClosed' },
      { kind: 'gate', text: `Gate ${gate} closed without a decision` },
    );
  if (message !== null) await lockMessage(ticket, gate, marker, message, outcome);
  return outcome;
}

/** A gate of evidence alone: it stands or it does not, and nobody can talk it open. */
export function passEvidenceGate(
  ticket: Ticket,
  gate: Gate,
  subject: string,
  evidence: readonly Evidence[],
): boolean {
  ticket.record({
    type: 'gateOpened',
    gate,
    subject,
    requiredApprovals: 0,
    deadlineMs: null,
    pending: [],
  });
  ticket.record({
    type: 'evidence',
    evidence: evidence.map(({ id, result, sentence }) => ({ id, result, sentence })),
    pending: [],
  });
  // A person's hold stops the next step, it does not change what the checks said.
  const stands = ticket.state.gate !== null && missingFor(ticket.state.gate).length === 0;
  const passed = evidence.filter((e) => e.result === 'passed').length;
  const text = `Gate ${gate} ${stands ? 'passed' : 'stays shut'}: ${passed} of ${evidence.length} checks`;
  ticket.record(stands ? { type: 'gatePassed' } : { type: 'gateClosed' }, { kind: 'gate', text });
  return stands;
}

/** Waits as long as it takes. What is waited for decides how long until the ticket is held and people are asked again. */
async function untilDecided(ticket: Ticket, open: OpenGate): Promise<void> {
  const decided = (): boolean => isDecided(ticket, open);
  const news = (): boolean => open.hasNews?.() ?? false;
  const deadlines = ticket.state.policy?.deadlines;
  while (!decided()) {
    const waitsFor = ticket.row.waiting?.for;
    const stirred = (): boolean => decided() || news() || ticket.row.waiting?.for !== waitsFor;
    const deadlineMs = (waitsFor === 'ci' ? deadlines?.ci : deadlines?.decision) ?? DAY_MS;
    const inTime = await condition(stirred, deadlineMs);
    if (!inTime && ticket.state.held === null) await holdLate(ticket, open.gate, waitsFor === 'ci');
    if (news()) await open.look?.();
  }
}

const DAY_MS = 86_400_000;

async function holdLate(ticket: Ticket, gate: DecidedGate, ci: boolean): Promise<void> {
  const reason = ci ? 'CI did not finish in time' : `nobody decided in time about the ${gate} gate`;
  ticket.record(
    { type: 'held', by: 'deadline', reason },
    { kind: 'waiting', text: `${reason}: held, not approved` },
  );
  await outside.postMessage({
    marker: `${ticket.key}/held/${ticket.state.round}/${gate}/${ci ? 'ci' : 'decision'}`,
    notice: { kind: 'held', reason: `${reason}. The gate stays open for a decision` },
    ticket: ticket.row,
    thread: ticket.carried.thread,
  });
}

function isDecided(ticket: Ticket, open: OpenGate): boolean {
  return (
    gateStands(ticket.state) ||
    ticket.state.rejection?.gate === open.gate ||
    (open.isLost?.(ticket.state) ?? false)
  );
}

/** Early decisions count now if they still may: they go through the same rules as any other. */
function takeBuffered(ticket: Ticket, gate: Gate): void {
  for (const decision of ticket.state.buffered) {
    if (!('gate' in decision) || decision.gate !== gate) continue;
    ticket.record({ type: 'unbuffered', id: decision.id });
    const verdict = decide(ticket.state, decision, Date.now());
    if (!verdict.counts) continue;
    for (const { at: _, ...event } of verdict.events) {
      ticket.record(event, {
        kind: 'decision',
        actor: decision.by,
        text: `Early decision of ${decision.by} about gate ${gate} counts`,
        data: { channel: decision.channel },
      });
    }
  }
}

/** The same message, without its buttons: nobody decides twice. */
async function lockMessage(
  ticket: Ticket,
  gate: DecidedGate,
  marker: string,
  message: MessageRef,
  outcome: GateOutcome,
): Promise<void> {
  const who = ticket.state.approvals
    .filter((a) => a.gate === gate && a.contentHash === ticket.state.packet?.hash)
    .map((a) => a.by);
  const { rejection } = ticket.state;
  const how = {
    passed: `${gate} approved by ${who.join(' and ')}`,
    rejected: `${gate} rejected by ${rejection?.by ?? ''}: ${rejection?.reason ?? ''}`,
    lost: `${gate} is no longer to be decided`,
  }[outcome];
  await outside.updateMessage({
    marker,
    notice: { kind: 'gate-closed', gate, how },
    ticket: ticket.row,
    message,
  });
}
