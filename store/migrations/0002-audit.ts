import type { Migration } from './migration.ts';

/**
 * The audit log and its head. The head is what shows that entries were cut off at the end: a chain
 * alone stays valid when its last links are gone.
 */
export const audit: Migration = {
  name: '0002-audit',
  statements: [
    `create table audit (
      sequence bigint primary key,
      id text not null unique,
      ticket text,
      at timestamptz not null,
      kind text not null,
      actor text not null,
      text text not null,
      data jsonb not null,
      previous_hash text not null,
      hash text not null
    )`,
    `create index audit_by_ticket on audit (ticket, sequence)`,
    `create table audit_head (
      chain text primary key,
      sequence bigint not null,
      hash text not null
    )`,
    `create function refuse_audit_change() returns trigger language plpgsql as $$
      begin
        raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
      end
    $$`,
    `create trigger audit_is_append_only before update or delete or truncate on audit
      for each statement execute function refuse_audit_change()`,
  ],
};
