import type { StageInterval, TicketRow } from '../../domain/ticket.ts';
import type { AuditEntry } from '../../store/port.ts';
import type { AuditEntryShape, HistoryShape, TicketShape } from './shapes.schema.ts';

/** The read model's row as the API shows it. */
export function ticketOf(row: TicketRow): TicketShape {
  const { key, title, stage, round, outcome, waiting, packet, startedAt, endedAt } = row;
  return {
    key,
    title,
    stage,
    round,
    outcome,
    waiting:
      waiting === null
        ? null
        : {
            for: waiting.for,
            since: iso(waiting.since),
            because: waiting.because,
            who: [...waiting.who],
            sentence: waiting.sentence,
          },
    packet: packet === null ? null : { version: packet.version, hash: packet.hash },
    startedAt: iso(startedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  };
}

export function auditEntryOf(entry: AuditEntry): AuditEntryShape {
  const { sequence, id, at, ticket, kind, actor, text, data, previousHash, hash } = entry;
  return {
    sequence,
    id,
    at: iso(at),
    ticket,
    kind,
    actor,
    text,
    data: { ...data },
    previousHash,
    hash,
  };
}

/** A ticket's story, as far as `entries` go. */
export function historyOf(
  row: TicketRow,
  intervals: readonly StageInterval[],
  entries: readonly AuditEntry[],
  limit: number,
): HistoryShape {
  return {
    key: row.key,
    stages: intervals.map((interval) => ({
      ...interval,
      startedAt: iso(interval.startedAt),
      endedAt: interval.endedAt === null ? null : iso(interval.endedAt),
    })),
    approvals: row.approvals.map((approval) => ({ ...approval })),
    rollouts: row.rollouts.map((rollout) => ({ ...rollout })),
    openGate:
      row.openGate === null ? null : { gate: row.openGate.gate, subject: row.openGate.subject },
    questions: row.questions.map(({ id, text, askedAt, answer }) => ({
      id,
      text,
      askedAt: iso(askedAt),
      answer: answer === null ? null : { ...answer, at: iso(answer.at) },
    })),
    entries: entries.map(auditEntryOf),
    next: entries.length < limit ? null : (entries.at(-1)?.sequence ?? null),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
