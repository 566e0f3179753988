import canonicalizeModule from 'canonicalize';
import type { JournalEntry } from '../domain/ticket.ts';
import type { AuditEntry } from './port.ts';
import { hashOf } from './content-hash.ts';
import { wellFormedJson } from './well-formed.ts';

/** A CommonJS function; its typings describe a module with a default, which Node does not make of it. */
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string;

/** What the first entry follows. */
export const CHAIN_START = `sha256:${'0'.repeat(64)}`;

/** As the database will give it back: whole milliseconds, storable text, no undefined fields. */
export function storableEntry(entry: JournalEntry): JournalEntry {
  const { id, at, ticket, kind, actor, text, data } = entry;
  const plain = { id, at: Math.round(at), ticket, kind, actor, text, data };
  return JSON.parse(wellFormedJson(plain)) as JournalEntry;
}

/** SHA-256 over the canonical JSON (RFC 8785) of the entry, its place and the hash before it. */
export function linkHash(entry: JournalEntry, sequence: number, previousHash: string): string {
  const { id, at, ticket, kind, actor, text, data } = entry;
  const link = { previousHash, sequence, entry: { id, at, ticket, kind, actor, text, data } };
  return hashOf(canonicalize(link));
}

/** Continues a chain that ends with `head`. */
export function link(
  head: { readonly sequence: number; readonly hash: string },
  entries: readonly JournalEntry[],
): AuditEntry[] {
  const linked: AuditEntry[] = [];
  let { sequence, hash } = head;
  for (const entry of entries) {
    sequence += 1;
    const previousHash = hash;
    hash = linkHash(entry, sequence, previousHash);
    linked.push({ ...entry, sequence, previousHash, hash });
  }
  return linked;
}

/** Why this entry does not follow `head`, or null when it does. */
export function faultIn(
  entry: AuditEntry,
  head: { readonly sequence: number; readonly hash: string },
): string | null {
  if (entry.sequence !== head.sequence + 1) {
    return `entry ${head.sequence + 1} is missing`;
  }
  if (entry.previousHash !== head.hash) return 'it does not follow the entry before it';
  if (linkHash(entry, entry.sequence, entry.previousHash) !== entry.hash) {
    return 'its content does not match its hash';
  }
  return null;
}
