import type { ColumnType, GeneratedAlways } from 'kysely';

/** `bigint` comes back as a string from both engines (PGlite is opened with a parser for it). */
type BigInteger = ColumnType<string, number | string, number | string>;
/** Written as JSON text: `pg` would make an SQL array of a JavaScript one. */
type Json = ColumnType<unknown, string, string>;
type Time = ColumnType<Date, Date, Date>;
type NullableTime = ColumnType<Date | null, Date | null, Date | null>;
type Bytes = ColumnType<Uint8Array, Uint8Array, never>;

export interface TicketTable {
  key: string;
  revision: BigInteger;
  stage: string;
  outcome: string | null;
  updated_at: Time;
  row: Json;
}

export interface BoardCounterTable {
  stage: string;
  state: string;
  tickets: BigInteger;
}

export interface StageIntervalTable {
  ticket: string;
  position: number;
  stage: string;
  round: number;
  started_at: Time;
  ended_at: NullableTime;
  working_ms: BigInteger;
  waiting_ms: BigInteger;
}

export interface ApprovalTable {
  ticket: string;
  gate: string;
  content_hash: string;
  person: string;
  channel: string;
  approved_at: Time;
}

export interface PacketTable {
  hash: string;
  ticket: string;
  version: number;
  body: string;
}

export interface ArtifactTable {
  hash: string;
  bytes: Bytes;
}

export interface AuditTable {
  sequence: BigInteger;
  id: string;
  ticket: string | null;
  at: Time;
  kind: string;
  actor: string;
  text: string;
  data: Json;
  previous_hash: string;
  hash: string;
}

export interface AuditHeadTable {
  chain: string;
  sequence: BigInteger;
  hash: string;
}

export interface RolloutTickTable {
  rollout: string;
  tick: number;
  at: Time;
  weight: number;
  candidate: ColumnType<unknown, string | null, never>;
  baseline: ColumnType<unknown, string | null, never>;
}

export interface InboxTable {
  position: GeneratedAlways<string>;
  source: string;
  delivery_id: string;
  body_hash: string;
  body: Json;
  received_at: Time;
  handed_over_at: NullableTime;
}

export interface SchemaMigrationTable {
  name: string;
  checksum: string;
  applied_at: ColumnType<Date, never, never>;
}

export interface Tables {
  ticket: TicketTable;
  board_counter: BoardCounterTable;
  stage_interval: StageIntervalTable;
  approval: ApprovalTable;
  packet: PacketTable;
  artifact: ArtifactTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
  rollout_tick: RolloutTickTable;
  inbox: InboxTable;
  schema_migration: SchemaMigrationTable;
}
