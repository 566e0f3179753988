import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { EnvironmentReady } from '../activities/verification.ts';
import type { Decision, DecisionReceipt } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import type { PacketRef, RolloutRecord } from '../domain/packet.schema.ts';
import type { Policy } from '../domain/policy.schema.ts';
import type { Release } from '../domain/release.ts';
import type { ChangeRef, TicketRow, TicketState } from '../domain/ticket.ts';
import type { MessageRef } from '../domain/card.ts';

/** Input of `deliverTicket`, whose id is `ticket/<key>`. `carried` comes from continue-as-new only. */
export interface DeliverTicketInput {
  readonly key: string;
  /** How it began: `jira` (a transition), `cli` (by hand: the Jira ticket is moved as well), `reconcile`. */
  readonly startedBy: 'jira' | 'cli' | 'reconcile';
  readonly carried?: CarriedTicket;
}

/** What outlives a run of `deliverTicket`. */
export interface CarriedTicket {
  readonly state: TicketState;
  readonly thread: MessageRef | null;
  /** What a cancelled ticket must undo, last first. */
  readonly undo: readonly UndoStep[];
  readonly releases: {
    readonly before: readonly Release[];
    readonly after: readonly Release[];
  } | null;
  /** What the last rollout merged and put into production: the way back of a soak. */
  readonly delivered: readonly Delivered[];
  readonly searchAttributes: Readonly<Record<string, string>>;
  /** What was told and not looked at yet. */
  readonly facts: readonly Fact[];
  /** What people ordered and no rollout or soak has been told yet. */
  readonly steering: readonly Steering[];
}

export type UndoStep =
  | { readonly kind: 'close-pull-request'; readonly repository: string; readonly number: number }
  | { readonly kind: 'end-environment'; readonly workflowId: string }
  | {
      readonly kind: 'roll-back';
      readonly round: number;
      readonly delivered: readonly Delivered[];
    };

/** One service's change that is in production, and how to take it out. */
export interface Delivered {
  readonly change: ChangeRef;
  readonly before: Release;
  /** What runs of it, as the cluster calls it; null until it was deployed. */
  readonly version: string | null;
  /** Null until it was merged. */
  readonly mergeCommit: string | null;
}

/** Input of `changeRepository`, whose id is `ticket/<key>/repo/<name>/<round>`. */
export interface ChangeRepositoryInput {
  readonly key: string;
  readonly title: string;
  readonly repository: string;
  readonly service: string;
  readonly round: number;
  readonly packet: PacketRef;
  /** The date of its commits, milliseconds since the epoch: fixed for the round. */
  readonly at: number;
}

/** Input of `keepEnvironment`, whose id is `ticket/<key>/env/<round>`. */
export interface KeepEnvironmentInput {
  readonly key: string;
  readonly round: number;
  readonly changes: readonly ChangeRef[];
  readonly ttlMs: number;
}

/** Input of `rollOut`, whose id is `ticket/<key>/rollout/<round>`. */
export interface RollOutInput {
  readonly key: string;
  readonly round: number;
  readonly changes: readonly ChangeRef[];
  readonly before: readonly Release[];
  readonly after: readonly Release[];
  readonly policy: Policy;
}

export interface RollOutResult {
  readonly record: RolloutRecord;
  readonly delivered: readonly Delivered[];
}

/** Input of `soak`, whose id is `ticket/<key>/soak/<round>`. */
export interface SoakInput {
  readonly key: string;
  readonly round: number;
  readonly delivered: readonly Delivered[];
  readonly policy: Policy;
}

/**
 * A person's decision. Refused with an `ApplicationFailure` of type `DecisionRefused` whose message is
 * the sentence for the person; the same id twice gives the first receipt.
 */
export const decideUpdate = defineUpdate<DecisionReceipt, [Decision]>('decide');
/** Something a system said; idempotent on the fact's id. */
export const reportFactSignal = defineSignal<[Fact]>('reportFact');
export const ticketQuery = defineQuery<TicketRow>('ticket');

/** From `keepEnvironment` to its ticket: it runs, or why it does not. */
export const environmentSignal =
  defineSignal<
    [{ readonly round: number; readonly ready: EnvironmentReady | null; readonly because: string }]
  >('environment');
/** From `rollOut` to its ticket: it says nothing either way and a person is asked; `null` when that is over. */
export const inconclusiveSignal =
  defineSignal<[{ readonly because: string } | null]>('inconclusive');
/** To `keepEnvironment`: nobody needs it any more. Idempotent. */
export const endEnvironmentSignal = defineSignal('endEnvironment');
/** From the ticket to its rollout or soak: what a person decided. Idempotent. */
export const steerSignal = defineSignal<[Steering]>('steer');
export type Steering = 'hold' | 'resume' | 'rollback' | 'promote';
