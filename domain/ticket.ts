import type { Approval, Evidence, PacketRef } from './packet.schema.ts';
import type { Policy } from './policy.schema.ts';
import type { GateState } from './gate.ts';
import type { Decision, DecisionReceipt } from './decision.schema.ts';
import type { Gate, Stage } from './stages.ts';
import type { Tier } from './tier.ts';

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

/** What a ticket waits for, since when, because of what, and who can unblock it. */
export interface Waiting {
  /** `answers`, `gate:<name>`, `resume`, or a system (`ci`, `jira`, …). */
  readonly for: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly because: string;
  /** People's ids, or the name of a system. */
  readonly who: readonly string[];
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
  /** What people answered so far, by question; kept while others are still open. */
  readonly answers: Readonly<Record<string, string>>;
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
  readonly openGate: {
    readonly gate: Gate;
    readonly subject: string;
    /** Checks somebody else still runs. */
    readonly pending: readonly string[];
  } | null;
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
