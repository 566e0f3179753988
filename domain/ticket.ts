import type { Approval, Evidence, PacketRef } from './packet.schema.ts';
import type { Policy } from './policy.schema.ts';
import { missingFor, type GateState } from './gate.ts';
import type { Decision, DecisionReceipt } from './decision.schema.ts';
import type { Gate, Stage } from './stages.ts';
import type { Tier } from './tier.ts';
import { waitingFor, type Waiting } from './waiting.ts';

/** `null` until the ticket has ended; a held ticket has not. */
export type Outcome = 'stable' | 'cancelled' | 'abandoned';

/** One stay in one stage. All of a ticket's intervals add up to its wall time, to the millisecond. */
export interface StageInterval {
  readonly stage: Stage;
  readonly round: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly workingMs: number;
  readonly waitingMs: number;
}

export interface Question {
  readonly id: string;
  readonly text: string;
  readonly askedAt: number;
  readonly answer: { readonly value: string; readonly by: string; readonly at: number } | null;
}

/** A wait for a system: CI, a dependency. */
export interface SystemWait {
  readonly id: string;
  readonly for: string;
  readonly because: string;
  readonly who: readonly string[];
  readonly since: number;
}

export interface Held {
  /** A person's id, or `deadline` when nobody decided in time, or `baton` when a person is needed. */
  readonly by: string;
  readonly reason: string;
  readonly since: number;
}

export interface ChangeRef {
  readonly repository: string;
  readonly service: string;
  readonly branch: string;
  /** The default branch's commit the change was made and verified on. */
  readonly baseCommit: string;
  readonly headCommit: string;
  readonly pullRequest: { readonly number: number; readonly url: string };
}

export interface RolloutSummary {
  readonly round: number;
  readonly verdict: 'promoted' | 'rolled-back';
  readonly steps: number;
  readonly ticks: number;
  readonly sentence: string;
}

/** What everybody carries of one ticket: the workflow holds it, the journal writes it, every surface shows it. */
export interface TicketState {
  readonly format: 1;
  /** Grows with every event: the read model keeps the newest. */
  readonly revision: number;
  readonly key: string;
  readonly title: string;
  readonly url: string;
  readonly requester: string;
  readonly stage: Stage;
  readonly round: number;
  readonly outcome: Outcome | null;
  readonly tier: Tier;
  readonly services: readonly { readonly name: string; readonly repository: string }[];
  /** Everybody who may decide at all. */
  readonly people: readonly string[];
  /** Who may not approve this ticket, and why. */
  readonly excluded: readonly {
    readonly person: string;
    readonly because: 'requester' | 'author';
  }[];
  readonly packet: PacketRef | null;
  readonly questions: readonly Question[];
  readonly gate: GateState | null;
  readonly passed: readonly { readonly gate: Gate; readonly round: number }[];
  readonly approvals: readonly Approval[];
  readonly rejection: { readonly gate: Gate; readonly by: string; readonly reason: string } | null;
  readonly waits: readonly SystemWait[];
  readonly held: Held | null;
  readonly changes: readonly ChangeRef[];
  readonly rollouts: readonly RolloutSummary[];
  /** Decisions that came before their gate was open. */
  readonly buffered: readonly Decision[];
  /** Receipts of the last decisions and ids of the last facts: update ids are remembered per run only. */
  readonly handled: readonly { readonly id: string; readonly receipt: DecisionReceipt | null }[];
  readonly intervals: readonly StageInterval[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Up to here the intervals are counted. */
  readonly countedUntil: number;
  readonly policy: Policy | null;
}

export type TicketEvent = { readonly at: number } & (
  | {
      readonly type: 'takenUp';
      /** What an earlier life of the ticket (cancelled, abandoned) has left: rounds, revisions and packets go on from there. */
      readonly before: {
        readonly round: number;
        readonly revision: number;
        readonly packet: PacketRef | null;
      } | null;
    }
  | {
      readonly type: 'intake';
      readonly title: string;
      readonly url: string;
      readonly requester: string;
      readonly tier: Tier;
      readonly services: TicketState['services'];
      readonly people: readonly string[];
      readonly policy: Policy;
    }
  | { readonly type: 'sealed'; readonly packet: PacketRef }
  | {
      readonly type: 'asked';
      readonly questions: readonly { readonly id: string; readonly text: string }[];
    }
  | {
      readonly type: 'answered';
      readonly question: string;
      readonly value: string;
      readonly by: string;
    }
  | { readonly type: 'questionsSettled' }
  | {
      readonly type: 'changed';
      readonly changes: readonly ChangeRef[];
      readonly authors: readonly string[];
    }
  | {
      readonly type: 'gateOpened';
      readonly gate: Gate;
      readonly subject: string;
      readonly requiredApprovals: number;
      readonly deadlineMs: number | null;
      readonly pending: readonly string[];
    }
  | {
      readonly type: 'evidence';
      readonly evidence: readonly Pick<Evidence, 'id' | 'result' | 'sentence'>[];
      readonly pending: readonly string[];
    }
  | { readonly type: 'approved'; readonly approval: Approval }
  | { readonly type: 'rejected'; readonly gate: Gate; readonly by: string; readonly reason: string }
  | { readonly type: 'gatePassed' }
  | { readonly type: 'gateClosed' }
  | { readonly type: 'waitBegan'; readonly wait: Omit<SystemWait, 'since'> }
  | { readonly type: 'waitEnded'; readonly id: string }
  | { readonly type: 'held'; readonly by: string; readonly reason: string }
  | { readonly type: 'resumed' }
  | { readonly type: 'stageEntered'; readonly stage: Stage }
  | { readonly type: 'handedBack' }
  | { readonly type: 'rolloutEnded'; readonly rollout: RolloutSummary }
  | { readonly type: 'buffered'; readonly decision: Decision }
  | { readonly type: 'unbuffered'; readonly id: string }
  | { readonly type: 'handled'; readonly id: string; readonly receipt: DecisionReceipt | null }
  | { readonly type: 'ended'; readonly outcome: Outcome }
);

const REMEMBERED = 200;

/** A ticket that has just been taken up; it is in `spec`, round 1, from `at` on. */
export function newTicket(key: string, at: number): TicketState {
  return {
    format: 1,
    revision: 0,
    key,
    title: key,
    url: '',
    requester: '',
    stage: 'spec',
    round: 1,
    outcome: null,
    tier: 2,
    services: [],
    people: [],
    excluded: [],
    packet: null,
    questions: [],
    gate: null,
    passed: [],
    approvals: [],
    rejection: null,
    waits: [],
    held: null,
    changes: [],
    rollouts: [],
    buffered: [],
    handled: [],
    intervals: [
      { stage: 'spec', round: 1, startedAt: at, endedAt: null, workingMs: 0, waitingMs: 0 },
    ],
    startedAt: at,
    endedAt: null,
    countedUntil: at,
    policy: null,
  };
}

/** Folds one event. Pure; the time since the last event counts as the state before it says. */
export function apply(state: TicketState, event: TicketEvent): TicketState {
  const counted = countTime(state, event.at);
  const reduced = reduce(counted, event);
  return { ...reduced, revision: reduced.revision + 1 };
}

function reduce(state: TicketState, event: TicketEvent): TicketState {
  switch (event.type) {
    case 'takenUp':
      return event.before === null ? state : takeUpAgain(state, event.before);
    case 'intake': {
      const { title, url, requester, tier, services, people, policy } = event;
      return {
        ...state,
        title,
        url,
        requester,
        tier,
        services,
        people,
        policy,
        excluded: [{ person: requester, because: 'requester' }],
      };
    }
    case 'sealed':
      return { ...state, packet: event.packet };
    case 'asked':
      return {
        ...state,
        questions: event.questions.map((q) => ({ ...q, askedAt: event.at, answer: null })),
      };
    case 'answered': {
      const answer = { value: event.value, by: event.by, at: event.at };
      return {
        ...state,
        questions: state.questions.map((q) => (q.id === event.question ? { ...q, answer } : q)),
      };
    }
    case 'questionsSettled':
      return { ...state, questions: [] };
    case 'changed': {
      const authors = event.authors.map((person) => ({ person, because: 'author' as const }));
      return {
        ...state,
        changes: event.changes,
        excluded: [...state.excluded.filter((e) => e.because === 'requester'), ...authors],
      };
    }
    case 'gateOpened':
      return { ...state, rejection: null, gate: openGate(state, event) };
    case 'evidence':
      return state.gate === null
        ? state
        : { ...state, gate: { ...state.gate, evidence: event.evidence, pending: event.pending } };
    case 'approved': {
      const { approval } = event;
      const gate =
        state.gate === null
          ? null
          : { ...state.gate, approvals: [...state.gate.approvals, approval] };
      return { ...state, gate, approvals: [...state.approvals, approval] };
    }
    case 'rejected':
      return {
        ...state,
        gate: null,
        rejection: { gate: event.gate, by: event.by, reason: event.reason },
        held: heldByDeadline(state) ? null : state.held,
      };
    case 'gatePassed': {
      const passed =
        state.gate === null
          ? state.passed
          : [...state.passed, { gate: state.gate.gate, round: state.round }];
      return { ...state, gate: null, passed, held: heldByDeadline(state) ? null : state.held };
    }
    case 'gateClosed':
      return { ...state, gate: null, held: heldByDeadline(state) ? null : state.held };
    case 'waitBegan':
      return {
        ...state,
        waits: [
          ...state.waits.filter((w) => w.id !== event.wait.id),
          { ...event.wait, since: event.at },
        ],
      };
    case 'waitEnded':
      return { ...state, waits: state.waits.filter((w) => w.id !== event.id) };
    case 'held':
      return { ...state, held: { by: event.by, reason: event.reason, since: event.at } };
    case 'resumed':
      return { ...state, held: null };
    case 'stageEntered':
      return enter(state, event.stage, state.round, event.at);
    case 'handedBack':
      return enter(
        { ...state, gate: null, changes: [], rejection: null },
        'code',
        state.round + 1,
        event.at,
      );
    case 'rolloutEnded':
      return { ...state, rollouts: [...state.rollouts, event.rollout] };
    case 'buffered':
      return { ...state, buffered: [...state.buffered, event.decision].slice(-REMEMBERED) };
    case 'unbuffered':
      return { ...state, buffered: state.buffered.filter((d) => d.id !== event.id) };
    case 'handled': {
      const { id, receipt } = event;
      const handled = [...state.handled.filter((h) => h.id !== id), { id, receipt }];
      return { ...state, handled: handled.slice(-REMEMBERED) };
    }
    case 'ended':
      return {
        ...state,
        gate: null,
        waits: [],
        held: null,
        outcome: event.outcome,
        endedAt: event.at,
        intervals: closeLast(state.intervals, event.at),
      };
    default:
      event satisfies never;
      return state;
  }
}

/** Names made of key and round (branches, environments, workflows) are never used twice. */
function takeUpAgain(
  state: TicketState,
  { round, revision, packet }: NonNullable<Extract<TicketEvent, { type: 'takenUp' }>['before']>,
): TicketState {
  const next = round + 1;
  const intervals = state.intervals.map((interval) => ({ ...interval, round: next }));
  return {
    ...state,
    round: next,
    revision: Math.max(state.revision, revision + 1),
    packet,
    intervals,
  };
}

function openGate(
  state: TicketState,
  event: Extract<TicketEvent, { type: 'gateOpened' }>,
): GateState {
  const excluded = new Set(state.excluded.map((e) => e.person));
  return {
    gate: event.gate,
    subject: event.subject,
    openedAt: event.at,
    deadlineAt: event.deadlineMs === null ? null : event.at + event.deadlineMs,
    requiredApprovals: event.requiredApprovals,
    eligible: state.people.filter((person) => !excluded.has(person)),
    evidence: [],
    pending: event.pending,
    approvals: [],
  };
}

function heldByDeadline(state: TicketState): boolean {
  return state.held?.by === 'deadline';
}

function enter(state: TicketState, stage: Stage, round: number, at: number): TicketState {
  const fresh = { stage, round, startedAt: at, endedAt: null, workingMs: 0, waitingMs: 0 };
  return { ...state, stage, round, intervals: [...closeLast(state.intervals, at), fresh] };
}

function closeLast(intervals: readonly StageInterval[], at: number): StageInterval[] {
  return intervals.map((interval, i) =>
    i === intervals.length - 1 ? { ...interval, endedAt: at } : interval,
  );
}

function countTime(state: TicketState, at: number): TicketState {
  const elapsed = Math.max(0, at - state.countedUntil);
  if (elapsed === 0 || state.outcome !== null) return state;
  const field = waitingFor(state) === null ? 'workingMs' : 'waitingMs';
  const intervals = state.intervals.map((interval, i) =>
    i === state.intervals.length - 1
      ? { ...interval, [field]: interval[field] + elapsed }
      : interval,
  );
  return { ...state, intervals, countedUntil: at };
}

/** True when the open gate has everything it needs and nobody holds the ticket. */
export function gateStands(state: TicketState): boolean {
  const stopped = state.held !== null && !heldByDeadline(state);
  return state.gate !== null && !stopped && missingFor(state.gate).length === 0;
}

/** The read model's row and what every surface shows. Times in milliseconds since the epoch. */
export interface TicketRow {
  readonly key: string;
  readonly title: string;
  readonly url: string;
  readonly requester: string;
  readonly tier: Tier;
  readonly stage: Stage;
  readonly round: number;
  readonly outcome: Outcome | null;
  readonly waiting: Waiting | null;
  readonly openGate: { readonly gate: Gate; readonly subject: string } | null;
  readonly questions: readonly Question[];
  readonly packet: PacketRef | null;
  readonly approvals: readonly Approval[];
  readonly changes: readonly ChangeRef[];
  readonly rollouts: readonly RolloutSummary[];
  readonly services: TicketState['services'];
  readonly revision: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

export function rowOf(state: TicketState): TicketRow {
  const {
    key,
    title,
    url,
    requester,
    tier,
    stage,
    round,
    outcome,
    packet,
    approvals,
    changes,
    rollouts,
    services,
    revision,
    startedAt,
    endedAt,
    questions,
  } = state;
  return {
    key,
    title,
    url,
    requester,
    tier,
    stage,
    round,
    outcome,
    packet,
    approvals,
    changes,
    rollouts,
    services,
    revision,
    startedAt,
    endedAt,
    questions,
    waiting: waitingFor(state),
    openGate: state.gate === null ? null : { gate: state.gate.gate, subject: state.gate.subject },
    updatedAt: state.countedUntil,
  };
}

/** One line of the story and of the audit log. */
export interface JournalEntry {
  /** Unique for ever; the same thing journaled twice has the same id. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ticket: string | null;
  readonly kind:
    'handoff' | 'gate' | 'decision' | 'effect' | 'verdict' | 'waiting' | 'ended' | 'note';
  /** A person's id, or `baton`. */
  readonly actor: string;
  /** One sentence in plain language, without secrets. */
  readonly text: string;
  /** Hashes and ids a reader may want; small. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}
