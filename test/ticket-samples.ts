import type { JournalEntry, StageInterval, TicketRow } from '../domain/ticket.ts';

/** 2026-11-20T10:00:00.000Z */
export const TEN_O_CLOCK = Date.UTC(2026, 10, 20, 10);

export function sampleTicket(change: Partial<TicketRow> = {}): TicketRow {
  return {
    key: 'SHOP-1',
    title: 'Free shipping from 50 EUR on',
    url: 'http://jira.example/browse/SHOP-1',
    requester: 'requester',
    tier: 2,
    stage: 'spec',
    round: 1,
    outcome: null,
    waiting: null,
    openGate: null,
    questions: [],
    packet: null,
    approvals: [],
    changes: [],
    rollouts: [],
    services: [],
    revision: 1,
    startedAt: TEN_O_CLOCK,
    updatedAt: TEN_O_CLOCK,
    endedAt: null,
    ...change,
  };
}

export function sampleInterval(change: Partial<StageInterval> = {}): StageInterval {
  return {
    stage: 'spec',
    round: 1,
    startedAt: TEN_O_CLOCK,
    endedAt: null,
    workingMs: 0,
    waitingMs: 0,
    ...change,
  };
}

export function sampleEntry(id: string, change: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id,
    at: TEN_O_CLOCK,
    ticket: 'SHOP-1',
    kind: 'note',
    actor: 'baton',
    text: `What happened in ${id}.`,
    data: { share: 0.1, count: 3, ok: true, none: null, text: 'Grüße "quoted" \\ 🚚' },
    ...change,
  };
}
