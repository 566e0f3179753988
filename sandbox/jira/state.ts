import { emptyLedger, type LedgerState } from '../ledger.ts';
import type { RichText } from './document.ts';

/** A ticket of the sample system, as it is before anybody touched it. */
export interface SeedTicket {
  readonly key: string;
  readonly summary: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly components: readonly string[];
  /** A person's id in the directory. */
  readonly reporter?: string;
}

export interface Property {
  readonly key: string;
  readonly value: unknown;
}

export interface Comment {
  readonly id: string;
  readonly author: string;
  readonly created: number;
  updateAuthor: string;
  updated: number;
  body: RichText;
  properties: Property[];
}

export interface ChangeItem {
  readonly field: string;
  readonly fieldId: string;
  readonly from: string | null;
  readonly fromString: string | null;
  readonly to: string | null;
  readonly toString: string | null;
}

export interface Change {
  readonly id: string;
  readonly author: string;
  readonly created: number;
  readonly items: readonly ChangeItem[];
}

export interface Issue {
  readonly id: string;
  readonly key: string;
  readonly created: number;
  readonly reporter: string;
  updated: number;
  summary: string;
  description: RichText | null;
  labels: string[];
  components: string[];
  status: string;
  /** How often each status was reached from another one. */
  arrivals: Record<string, number>;
  properties: Property[];
  comments: Comment[];
  changes: Change[];
}

export interface JiraState {
  nextId: number;
  issues: Issue[];
  ledger: LedgerState;
}

/** In the order of the board. Any may follow any. */
export const STATUSES = [
  'To Do',
  'Ready for build',
  'In Progress',
  'In Review',
  'Verifying',
  'Releasing',
  'Monitoring',
  'Done',
] as const;

export const PROJECT = { id: '10000', key: 'SHOP', name: 'Shop' } as const;

export function initialState(tickets: readonly SeedTicket[], now: number): JiraState {
  return {
    nextId: 10_100,
    issues: tickets.map((ticket, index) => newIssue(ticket, String(10_001 + index), now)),
    ledger: emptyLedger(),
  };
}

export function newIssue(
  ticket: Omit<SeedTicket, 'description'> & { readonly description: string | RichText | null },
  id: string,
  now: number,
): Issue {
  const { description } = ticket;
  return {
    id,
    key: ticket.key,
    created: now,
    updated: now,
    reporter: ticket.reporter ?? 'requester',
    summary: ticket.summary,
    description: typeof description === 'string' ? { text: description } : description,
    labels: [...ticket.labels],
    components: [...ticket.components],
    status: STATUSES[0],
    arrivals: {},
    properties: [],
    comments: [],
    changes: [],
  };
}
