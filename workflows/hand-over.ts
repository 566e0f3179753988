import type { PacketAddition } from '../activities/packets.ts';
import type { Evidence } from '../domain/packet.schema.ts';
import type { Stage } from '../domain/stages.ts';
import { holdForPerson } from './hold.ts';
import { outside, store } from './proxies.ts';
import type { Ticket } from './ticket-entity.ts';
import { undoAll } from './undo.ts';

/** Seals what the stage adds and hands over. False when the next stage would not get what it needs: the ticket is then held. */
export async function handOver(
  ticket: Ticket,
  stage: Stage,
  next: Stage | null,
  add: PacketAddition,
): Promise<boolean> {
  const base = ticket.state.packet;
  if (base === null) throw new Error('a stage after spec has a packet');
  const { approvals, round } = ticket.state;
  const sealed = await store.sealPacket({
    base,
    stage,
    round,
    at: Date.now(),
    add: { approvals: [...approvals], ...add },
    forward: true,
  });
  if (!sealed.sealed) {
    await holdForPerson(
      ticket,
      `the packet lacks what comes after ${stage}: ${sealed.faults.join('; ')}`,
    );
    return false;
  }
  ticket.record({ type: 'sealed', packet: sealed.packet });
  if (next !== null) enter(ticket, stage, next);
  return true;
}

export function enter(ticket: Ticket, stage: Stage, next: Stage): void {
  const { packet } = ticket.state;
  const text = `Handoff ${stage} → ${next}: packet v${packet?.version ?? 0} ${packet?.hash.slice(7, 15) ?? ''}`;
  ticket.record(
    { type: 'stageEntered', stage: next },
    { kind: 'handoff', text, data: { from: stage, to: next, packet: packet?.hash ?? null } },
  );
}

/** Back to `code` with what was learnt, at most `maxRounds` times; then a person decides. */
export async function handBack(
  ticket: Ticket,
  from: Stage,
  reason: string,
  evidence: readonly Evidence[],
  add: PacketAddition = {},
): Promise<void> {
  const { round, policy } = ticket.state;
  if (round >= (policy?.maxRounds ?? 3)) {
    await holdForPerson(
      ticket,
      `round ${round} failed in ${from} (${reason}) and no more are allowed. Resume for one more, or cancel`,
    );
  }
  const base = ticket.state.packet;
  if (base === null) throw new Error('only a ticket with a packet can go back');
  const sealed = await store.sealPacket({
    base,
    stage: from,
    round,
    at: Date.now(),
    forward: false,
    add: {
      approvals: [...ticket.state.approvals],
      ...add,
      handBack: { round, from, reason, evidence: [...evidence] },
    },
  });
  if (!sealed.sealed)
    throw new Error(`a packet that goes back breaks its own schema: ${sealed.faults.join('; ')}`);
  await undoAll(ticket);
  ticket.record({ type: 'sealed', packet: sealed.packet });
  ticket.record(
    { type: 'handedBack' },
    {
      kind: 'handoff',
      text: `Handed back ${from} → code, round ${round + 1}: ${reason}`,
      data: { from, to: 'code', packet: sealed.packet.hash },
    },
  );
  ticket.carried = { ...ticket.carried, releases: null, delivered: [] };
  const notice = { kind: 'handed-back' as const, from, reason, evidence };
  const marker = `${ticket.key}/handed-back/${round}`;
  await Promise.all([
    outside.postMessage({ marker, notice, ticket: ticket.row, thread: ticket.carried.thread }),
    outside.commentOnTicket({ marker, notice, ticket: ticket.row }),
  ]);
}
