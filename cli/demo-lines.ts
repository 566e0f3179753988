import type { AuditEntryShape } from '../gateway/api/shapes.schema.ts';
import { lasting, plain } from './plain-text.ts';
import type { TicketOutcome } from './scenarios.ts';

/** What stands in front of a line: what kind of thing happened. */
const LABELS: Readonly<Record<string, string>> = {
  handoff: 'handoff',
  gate: 'gate',
  decision: 'decision',
  effect: 'outside',
  verdict: 'verdict',
  waiting: 'waiting',
  ended: 'end',
  note: '',
};

const LABEL_WIDTH = 9;

/** One line of the demo: time passed since the ticket was moved, kind, what happened, by whom. */
export function demoLine(elapsedMs: number, label: string, text: string): string {
  const seconds = `${(Math.max(elapsedMs, 0) / 1000).toFixed(1)} s`.padStart(8);
  return `${seconds}  ${label.padEnd(LABEL_WIDTH)} ${plain(text)}`;
}

/** An audit entry as one line; `startedAt` in milliseconds since the epoch. */
export function entryLine(entry: AuditEntryShape, startedAt: number): string {
  const by = entry.actor === 'baton' || entry.text.includes(entry.actor) ? '' : ` (${entry.actor})`;
  const label = LABELS[entry.kind] ?? entry.kind;
  return demoLine(Date.parse(entry.at) - startedAt, label, `${entry.text}${by}`);
}

export interface SummaryFacts {
  readonly ticket: TicketOutcome;
  readonly title: string;
  readonly faults: readonly string[];
  /** How each rollout ended, in order. */
  readonly verdicts: readonly {
    readonly round: number;
    readonly verdict: string;
    readonly sentence: string;
  }[];
}

/** What a spectator reads at the end: where the time went, who decided, what the canary said. */
export function summaryLines({ ticket, title, faults, verdicts }: SummaryFacts): string[] {
  const { key, outcome, approvals, effects, historyEvents } = ticket;
  const how = faults.length === 0 ? (outcome ?? 'not at its end') : 'not as the scenario says';
  const repeated = effects.filter(({ count }) => count !== 1).length;
  return [
    '',
    `${key} "${plain(title)}": ${how}`,
    ...faults.map((fault) => `  ! ${plain(fault)}`),
    '',
    ...stageTable(ticket),
    '',
    `  approved by  ${approvals.map(({ gate, by, channel }) => `${gate}: ${by} (${channel})`).join(', ') || 'nobody'}`,
    ...verdicts.map(({ round, verdict, sentence }) =>
      plain(`  canary ${String(round).padEnd(5)} ${verdict.replace('-', ' ')}: ${sentence}`),
    ),
    `  outside      ${effects.length} effects, ${repeated === 0 ? 'each exactly once' : `${repeated} of them more than once`}`,
    `  history      ${historyEvents} events in Temporal`,
  ];
}

function stageTable({ stages }: TicketOutcome): string[] {
  const row = (name: string, round: string, working: string, waiting: string) =>
    `  ${name.padEnd(14)}${round.padStart(5)}${working.padStart(12)}${waiting.padStart(12)}`;
  const total = { workingMs: sum(stages, 'workingMs'), waitingMs: sum(stages, 'waitingMs') };
  return [
    row('stage', 'round', 'working', 'waiting'),
    ...stages.map((s) => row(s.stage, String(s.round), lasting(s.workingMs), lasting(s.waitingMs))),
    row('together', '', lasting(total.workingMs), lasting(total.waitingMs)),
  ];
}

function sum(stages: TicketOutcome['stages'], field: 'workingMs' | 'waitingMs'): number {
  return stages.reduce((total, stage) => total + stage[field], 0);
}
