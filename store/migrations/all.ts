import { firstTables } from './0001-first-tables.ts';
import { audit } from './0002-audit.ts';
import type { Migration } from './migration.ts';

/** In order. TypeScript rather than .sql, so that they are found from the sources and from the build alike. */
export const MIGRATIONS: readonly Migration[] = [firstTables, audit];
