import type { Kysely } from 'kysely';
import type { Notifier } from './notifier.ts';
import type { Tables } from './tables.ts';

/** An open engine: PostgreSQL or PGlite, which from here on behave alike. */
export interface Database {
  readonly db: Kysely<Tables>;
  readonly notifier: Notifier;
  close(): Promise<void>;
}
