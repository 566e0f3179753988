import type { Card } from '../../domain/card.ts';

export interface TrackerAccount {
  readonly accountId: string;
  readonly name: string;
  readonly email: string | null;
}

export interface TrackerTicket {
  readonly key: string;
  readonly title: string;
  /** Plain text, paragraphs separated by line feeds, whatever the vendor's markup was. */
  readonly description: string;
  readonly status: string;
  readonly reporter: TrackerAccount | null;
  readonly labels: readonly string[];
  readonly components: readonly string[];
  /** Where a person opens it. */
  readonly url: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** The ticket system. Every method throws `IntegrationError`. */
export interface TrackerPort {
  /** `IntegrationRejected` when there is no such ticket. */
  readTicket(input: {
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<TrackerTicket>;
  /** Idempotent by `marker`: a comment that already carries it is found, and updated when its text differs. */
  comment(input: {
    readonly key: string;
    readonly marker: string;
    readonly card: Card;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly id: string }>;
  /** Idempotent: a ticket that is already in `status` is left alone. `moved` says whether this call moved it. */
  transition(input: {
    readonly key: string;
    readonly status: string;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly moved: boolean }>;
  /** Every ticket of `projects` in one of `statuses`, at most `limit`, oldest change first. */
  listTickets(input: {
    readonly projects: readonly string[];
    readonly statuses: readonly string[];
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly { readonly key: string; readonly status: string }[]>;
}
