import type { JournalEntry, StageInterval, TicketRow } from '../domain/ticket.ts';
import type { ArmReading } from '../domain/rollout.ts';

/** One state change: read model and audit in one transaction. */
export interface JournalWrite {
  /** Written when its `revision` is newer than the stored one. */
  readonly ticket: TicketRow;
  readonly intervals: readonly StageInterval[];
  /** Appended to the hash chain in order; one with a known `id` is left out, which makes the whole write idempotent. */
  readonly entries: readonly JournalEntry[];
}

export interface AuditEntry extends JournalEntry {
  /** Its place in the chain, from 1. */
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** `entries` counts those that hold, from the first; `brokenAt` is the place of the first that does not. */
export type AuditVerdict =
  | { readonly valid: true; readonly entries: number }
  | {
      readonly valid: false;
      readonly entries: number;
      readonly brokenAt: number;
      readonly because: string;
    };

export interface InboxDelivery {
  /** `jira`, `github`, `slack`, `api`. */
  readonly source: string;
  readonly deliveryId: string;
  readonly bodyHash: string;
  /** Redacted JSON: what `handOver` needs and nothing more. */
  readonly body: unknown;
  readonly receivedAt: string;
}

export interface RolloutTick {
  /** From 1. */
  readonly tick: number;
  readonly at: string;
  readonly weight: number;
  /** Cumulative readings of both arms at the end of the tick; null is no data. */
  readonly candidate: ArmReading | null;
  readonly baseline: ArmReading | null;
}

export interface TicketPage {
  readonly tickets: readonly TicketRow[];
  /** Give it back as `after`; null on the last page. */
  readonly next: string | null;
}

export interface BoardCount {
  readonly stage: string;
  readonly outcome: string | null;
  readonly tickets: number;
}

/**
 * Everything Baton keeps besides Temporal's histories. Throws `StoreError` when the database cannot be
 * reached. PostgreSQL and PGlite pass the same tests.
 */
export interface Store {
  /** Idempotent: an older revision and known entries change nothing. Sends a NOTIFY after commit. */
  journal(write: JournalWrite): Promise<void>;
  /** Appends one entry of an activity (a thing that happened outside). Idempotent by its id. */
  record(entry: JournalEntry): Promise<void>;

  readTicket(key: string): Promise<TicketRow | null>;
  /** Newest change first, then by key; pages by key set, never by offset. Throws `InvalidCursor`. */
  listTickets(filter: {
    readonly after?: string | undefined;
    readonly limit: number;
    readonly stage?: string | undefined;
    readonly open?: boolean | undefined;
  }): Promise<TicketPage>;
  /** Tickets by stage and outcome (null is open), from counters; places without tickets are left out. */
  readBoard(): Promise<readonly BoardCount[]>;
  readIntervals(key: string): Promise<readonly StageInterval[]>;

  /** Stores canonical JSON under its hash. Idempotent. */
  putPacket(packet: {
    readonly key: string;
    readonly version: number;
    readonly hash: string;
    readonly json: string;
  }): Promise<void>;
  readPacketByHash(hash: string): Promise<string | null>;
  readPacketByVersion(key: string, version: number): Promise<string | null>;

  /** Stores bytes under their SHA-256 and answers `sha256:<hex>`. Idempotent. */
  putArtifact(bytes: Uint8Array): Promise<string>;
  readArtifact(hash: string): Promise<Uint8Array | null>;

  /** Idempotent by (rollout, tick). */
  appendTick(rollout: string, tick: RolloutTick): Promise<void>;
  readTicks(rollout: string): Promise<readonly RolloutTick[]>;

  /** False when it was there already (same source and delivery id, or same source and body hash with `dedupeBody`). */
  receive(delivery: InboxDelivery, options: { readonly dedupeBody: boolean }): Promise<boolean>;
  markHandedOver(source: string, deliveryId: string): Promise<void>;
  /** Not yet marked, oldest first. */
  waitingDeliveries(limit: number): Promise<readonly InboxDelivery[]>;
  /** Handed over and received longer ago than this are deleted; answers how many. */
  purgeDeliveries(olderThanMs: number): Promise<number>;

  auditAfter(sequence: number, limit: number, ticket?: string): Promise<readonly AuditEntry[]>;
  verifyAudit(): Promise<AuditVerdict>;
  /** Calls back after each commit that appended to the audit log, with the last sequence. Returns a function that stops it. */
  onAudit(callback: (sequence: number) => void): Promise<() => Promise<void>>;

  /** One trivial query; throws when the database cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
