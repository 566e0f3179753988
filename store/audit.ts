import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { JournalEntry } from '../domain/ticket.ts';
import { CHAIN_START, faultIn, link, storableEntry } from './hash-chain.ts';
import { lockUntilCommit } from './locks.ts';
import type { AuditEntry, AuditVerdict } from './port.ts';
import type { AuditTable, Tables } from './tables.ts';

/** NOTIFY's channel; its payload is the last sequence. */
export const AUDIT_CHANNEL = 'baton_audit';
const CHAIN = 'audit';
const VERIFY_PAGE = 1_000;

interface Head {
  readonly sequence: number;
  readonly hash: string;
}

/** One writer at a time, until commit: sequences become visible in their order, without gaps. */
export async function lockChain(trx: Transaction<Tables>): Promise<void> {
  await lockUntilCommit(trx, CHAIN);
}

/** Appends what is not there yet, under `lockChain`, and tells the listeners after commit. */
export async function append(
  trx: Transaction<Tables>,
  entries: readonly JournalEntry[],
): Promise<void> {
  const fresh = await unknownOf(trx, entries.map(storableEntry));
  if (fresh.length === 0) return;
  const linked = link(await readHead(trx), fresh);
  const last = linked.at(-1);
  if (last === undefined) return;
  await trx.insertInto('audit').values(linked.map(rowOfEntry)).execute();
  const head = { sequence: last.sequence, hash: last.hash };
  await trx
    .insertInto('audit_head')
    .values({ chain: CHAIN, ...head })
    .onConflict((conflict) => conflict.column('chain').doUpdateSet(head))
    .execute();
  await sql`select pg_notify(${sql.lit(AUDIT_CHANNEL)}, ${sql.lit(String(last.sequence))})`.execute(
    trx,
  );
}

async function unknownOf(
  trx: Transaction<Tables>,
  entries: readonly JournalEntry[],
): Promise<JournalEntry[]> {
  const byId = new Map<string, JournalEntry>();
  for (const entry of entries) if (!byId.has(entry.id)) byId.set(entry.id, entry);
  if (byId.size === 0) return [];
  const known = await trx
    .selectFrom('audit')
    .select('id')
    .where('id', 'in', [...byId.keys()])
    .execute();
  for (const { id } of known) byId.delete(id);
  return [...byId.values()];
}

export async function readHead(db: Kysely<Tables>): Promise<Head> {
  const head = await db
    .selectFrom('audit_head')
    .select(['sequence', 'hash'])
    .where('chain', '=', CHAIN)
    .executeTakeFirst();
  return head === undefined
    ? { sequence: 0, hash: CHAIN_START }
    : { sequence: Number(head.sequence), hash: head.hash };
}

export async function auditAfter(
  db: Kysely<Tables>,
  sequence: number,
  limit: number,
  ticket?: string,
): Promise<readonly AuditEntry[]> {
  let query = db.selectFrom('audit').selectAll().where('sequence', '>', String(sequence));
  if (ticket !== undefined) query = query.where('ticket', '=', ticket);
  const rows = await query.orderBy('sequence').limit(limit).execute();
  return rows.map(entryOfRow);
}

/**
 * Walks the whole chain in pages. Writers go on meanwhile, so the last entry must lie between the
 * heads read before and after.
 */
export async function verifyAudit(db: Kysely<Tables>): Promise<AuditVerdict> {
  const before = await readHead(db);
  let last: Head = { sequence: 0, hash: CHAIN_START };
  for (;;) {
    const page = await auditAfter(db, last.sequence, VERIFY_PAGE);
    for (const entry of page) {
      const fault = faultIn(entry, last) ?? faultAtHead(entry, before);
      if (fault !== null) return broken(last, fault);
      last = { sequence: entry.sequence, hash: entry.hash };
    }
    if (page.length < VERIFY_PAGE) break;
  }
  if (last.sequence < before.sequence) {
    return broken(last, `entry ${last.sequence + 1} is missing at the end`);
  }
  const after = await readHead(db);
  if (last.sequence > after.sequence) {
    return broken(after, 'it came in without the record of the last entry');
  }
  return { valid: true, entries: last.sequence };
}

/** A chain rewritten from some entry on is consistent in itself, but ends with another hash. */
function faultAtHead(entry: AuditEntry, head: Head): string | null {
  return entry.sequence === head.sequence && entry.hash !== head.hash
    ? 'it is not the entry that was last recorded'
    : null;
}

function broken(lastGood: Head, because: string): AuditVerdict {
  return {
    valid: false,
    entries: lastGood.sequence,
    brokenAt: lastGood.sequence + 1,
    because,
  };
}

function rowOfEntry(entry: AuditEntry) {
  const { sequence, id, ticket, at, kind, actor, text, data, previousHash, hash } = entry;
  return {
    sequence,
    id,
    ticket,
    at: new Date(at),
    kind,
    actor,
    text,
    data: JSON.stringify(data),
    previous_hash: previousHash,
    hash,
  };
}

/** The rows were written by `rowOfEntry`; one that was changed by hand fails its hash, not a parser. */
function entryOfRow(row: Selectable<AuditTable>): AuditEntry {
  return {
    sequence: Number(row.sequence),
    id: row.id,
    ticket: row.ticket,
    at: row.at.getTime(),
    kind: row.kind as AuditEntry['kind'],
    actor: row.actor,
    text: row.text,
    data: row.data as AuditEntry['data'],
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
