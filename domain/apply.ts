import { missingFor, type GateState } from './gate.ts';
import type { StageInterval, TicketEvent, TicketState } from './ticket.ts';
import type { Stage } from './stages.ts';
import { waitingFor } from './waiting.ts';

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
    answers: {},
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
      const { question, value, by, at } = event;
      const questions = state.questions.map((q) =>
        q.id === question ? { ...q, answer: { value, by, at } } : q,
      );
      return { ...state, questions, answers: { ...state.answers, [question]: value } };
    }
    case 'questionsSettled':
      return { ...state, questions: [], held: heldByDeadline(state) ? null : state.held };
    case 'changed': {
      const authors = event.authors.map((person) => ({ person, because: 'author' as const }));
      return {
        ...state,
        changes: event.changes,
        excluded: [...state.excluded.filter((e) => e.because === 'requester'), ...authors],
      };
    }
    case 'gateOpened':
      return {
        ...state,
        rejection: null,
        gate: openGate(state, event),
        passed: state.passed.filter((p) => p.gate !== event.gate || p.round !== state.round),
      };
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
