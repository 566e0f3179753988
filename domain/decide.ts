import type { Decision, DecisionReceipt } from './decision.schema.ts';
import { isBehind, type Gate } from './stages.ts';
import { apply } from './apply.ts';
import type { TicketEvent, TicketState } from './ticket.ts';
import { waitingFor } from './waiting.ts';

export type Verdict =
  | { readonly counts: true; readonly events: readonly TicketEvent[]; readonly sentence: string }
  | { readonly counts: false; readonly sentence: string };

/**
 * Whether a person's decision counts, and what it changes. Pure: the workflow's validator asks it and
 * throws the sentence away or at the person; its handler asks it again and applies the events.
 * Idempotence lies with the caller, who looks for the id among `state.handled` first.
 */
export function decide(state: TicketState, decision: Decision, at: number): Verdict {
  if (state.outcome !== null)
    return no(`${state.key} has ended (${state.outcome}): nothing can be decided any more.`);
  if (!state.people.includes(decision.by) && state.people.length > 0) {
    return no(
      `${decision.by} may not decide: only ${list(state.people)} may (people in the configuration).`,
    );
  }
  switch (decision.kind) {
    case 'approve':
    case 'reject':
      return decideGate(state, decision, at);
    case 'hold':
      return state.held !== null && state.held.by !== 'deadline'
        ? no(`${state.key} is held already, by ${state.held.by}: ${state.held.reason}.`)
        : yes(
            [{ type: 'held', at, by: decision.by, reason: decision.reason }],
            `${state.key} is held until somebody resumes it.`,
          );
    case 'resume':
      return state.held === null
        ? no(`${state.key} is not held. ${stateSentence(state)}`)
        : yes([{ type: 'resumed', at }], `${state.key} goes on.`);
    case 'answer':
      return decideAnswer(state, decision, at);
    case 'rollback':
      return state.stage === 'canary' || state.stage === 'monitoring'
        ? yes([], `${state.key} is being rolled back.`)
        : no(
            `There is nothing to roll back: ${state.key} is in ${state.stage}, and nothing of it runs in production.`,
          );
    case 'cancel':
      return yes([], `${state.key} is being cancelled; what it left outside is undone.`);
    default:
      decision satisfies never;
      return no('This decision is not known.');
  }
}

function decideGate(
  state: TicketState,
  decision: Extract<Decision, { kind: 'approve' | 'reject' }>,
  at: number,
): Verdict {
  const { gate, by } = decision;
  if (state.gate?.gate !== gate && isPassed(state, gate))
    return no(
      `The ${gate} gate of ${state.key} is behind it${passedBy(state, gate)}: this decision changes nothing.`,
    );
  const excluded = state.excluded.find((e) => e.person === by);
  if (excluded !== undefined) return no(notYourOwn(state, by, excluded.because));
  if (state.gate?.gate !== gate) return decideEarly(state, decision, at);
  const { subject } = state.gate;
  if (decision.subject !== undefined && decision.subject !== subject) {
    return no(
      `What you saw (${short(decision.subject)}) is no longer what is to be decided (${short(subject)}): look at it again and decide on that.`,
    );
  }
  if (decision.kind === 'reject') {
    return yes(
      [{ type: 'rejected', at, gate, by, reason: decision.reason }],
      `The ${gate} gate of ${state.key} is rejected.`,
    );
  }
  if (state.gate.approvals.some((a) => a.by === by))
    return no(`${by} has approved the ${gate} gate of ${state.key} already; it counts once.`);
  const approval = {
    gate,
    by,
    contentHash: subject,
    channel: decision.channel,
    at: new Date(at).toISOString(),
  };
  const after = apply(state, { type: 'approved', at, approval });
  const waiting = waitingFor(after);
  const sentence = `Approval of the ${gate} gate of ${state.key} by ${by} counts, for exactly ${short(subject)}.${waiting === null ? '' : ` ${waiting.sentence}`}`;
  return yes([{ type: 'approved', at, approval }], sentence);
}

/** A click can be faster than the gate: it is kept, bound to the content it was about. */
function decideEarly(
  state: TicketState,
  decision: Extract<Decision, { kind: 'approve' | 'reject' }>,
  at: number,
): Verdict {
  if (decision.subject === undefined)
    return no(`The ${decision.gate} gate of ${state.key} is not open. ${stateSentence(state)}`);
  return yes(
    [{ type: 'buffered', at, decision }],
    `Kept: the ${decision.gate} gate of ${state.key} is not open yet; this counts when it opens with exactly ${short(decision.subject)}.`,
  );
}

function decideAnswer(
  state: TicketState,
  decision: Extract<Decision, { kind: 'answer' }>,
  at: number,
): Verdict {
  const question = state.questions.find((q) => q.id === decision.question);
  if (question === undefined) {
    const open = state.questions.map((q) => q.id);
    return no(
      `${state.key} has no question ${decision.question}${open.length === 0 ? '' : `; it asks ${list(open)}`}.`,
    );
  }
  if (!isAnswerable(question.id))
    return no(
      `${question.id} is answered by editing the ticket: it is read again as soon as it changes.`,
    );
  if (question.answer !== null)
    return no(`Question ${question.id} was answered already, by ${question.answer.by}.`);
  return yes(
    [{ type: 'answered', at, question: question.id, value: decision.value, by: decision.by }],
    `Answer to ${question.id} noted.`,
  );
}

/** What cannot be put into the packet beside the ticket's own text has to become part of it. */
const isAnswerable = (question: string): boolean =>
  question !== 'spec' && !question.startsWith('packet-');

function isPassed(state: TicketState, gate: Gate): boolean {
  if (state.passed.some((p) => p.gate === gate && (p.round === state.round || gate === 'spec')))
    return true;
  return isBehind(gate, state.stage);
}

function passedBy(state: TicketState, gate: Gate): string {
  const who = state.approvals.filter((a) => a.gate === gate).map((a) => a.by);
  return who.length === 0 ? '' : ` (approved by ${[...new Set(who)].join(', ')})`;
}

function notYourOwn(state: TicketState, by: string, because: 'requester' | 'author'): string {
  const may = state.people.filter((p) => state.excluded.every((e) => e.person !== p));
  const why = because === 'requester' ? 'asked for this ticket' : 'wrote part of this change';
  return `${by} ${why}, and no one approves their own work. ${list(may)} may.`;
}

function stateSentence(state: TicketState): string {
  return waitingFor(state)?.sentence ?? `${state.key} is in ${state.stage} and waits for nobody.`;
}

function list(items: readonly string[]): string {
  return items.length === 0
    ? 'nobody'
    : items.length === 1
      ? (items[0] ?? '')
      : `${items.slice(0, -1).join(', ')} or ${items.at(-1) ?? ''}`;
}

function short(hash: string): string {
  return hash.replace('sha256:', '').slice(0, 8);
}

const yes = (events: readonly TicketEvent[], sentence: string): Verdict => ({
  counts: true,
  events,
  sentence,
});
const no = (sentence: string): Verdict => ({ counts: false, sentence });

/** The receipt of a decision that was handled before, else null. */
export function receiptOf(state: TicketState, id: string): DecisionReceipt | null {
  return state.handled.find((h) => h.id === id)?.receipt ?? null;
}
