import type { Migration } from './migration.ts';

/** Only what PostgreSQL 15 has. */
export const firstTables: Migration = {
  name: '0001-first-tables',
  statements: [
    `create table ticket (
      key text primary key,
      revision bigint not null,
      stage text not null,
      outcome text,
      updated_at timestamptz not null,
      row jsonb not null
    )`,
    `create index ticket_by_change on ticket (updated_at desc, key)`,
    `create table board_counter (
      stage text not null,
      state text not null,
      tickets bigint not null,
      primary key (stage, state)
    )`,
    `create table stage_interval (
      ticket text not null references ticket (key),
      position integer not null,
      stage text not null,
      round integer not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      working_ms bigint not null,
      waiting_ms bigint not null,
      primary key (ticket, position)
    )`,
    `create table approval (
      ticket text not null references ticket (key),
      gate text not null,
      content_hash text not null,
      person text not null,
      channel text not null,
      approved_at timestamptz not null,
      primary key (ticket, gate, content_hash, person)
    )`,
    `create table packet (
      hash text primary key,
      ticket text not null,
      version integer not null,
      body text not null,
      unique (ticket, version)
    )`,
    `create table artifact (
      hash text primary key,
      bytes bytea not null
    )`,
    `create table rollout_tick (
      rollout text not null,
      tick integer not null,
      at timestamptz not null,
      weight double precision not null,
      candidate jsonb,
      baseline jsonb,
      primary key (rollout, tick)
    )`,
    `create table inbox (
      position bigint generated always as identity,
      source text not null,
      delivery_id text not null,
      body_hash text not null,
      body jsonb not null,
      received_at timestamptz not null,
      handed_over_at timestamptz,
      primary key (source, delivery_id)
    )`,
    `create index inbox_by_body on inbox (source, body_hash)`,
    `create index inbox_waiting on inbox (received_at, position) where handed_over_at is null`,
  ],
};
