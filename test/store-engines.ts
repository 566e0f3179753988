import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { createPgliteTemplate } from '../store/pglite-template.ts';
import { startPostgres } from './postgres-server.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** Kept between runs: making one takes three seconds, and `createPgliteTemplate` knows an old one. */
export const TEMPLATE = join(ROOT, 'node_modules', '.cache', 'baton', 'pglite-template');

export interface Engine {
  readonly name: string;
  /** A migrated database of its own. */
  open(): Promise<Database>;
  close(): Promise<void>;
}

/**
 * The same tests on both engines. Await it at the top level of a test file; where PostgreSQL cannot be
 * had its half is skipped, and the suite's name says why.
 */
export async function onBothEngines(suite: (engine: Engine) => void): Promise<void> {
  const engines = [await pgliteEngine(), await postgresEngine()];
  for (const engine of engines) {
    if ('skipped' in engine)
      describe.skip(`PostgreSQL (skipped: ${engine.skipped})`, absent(suite));
    else describe(engine.name, () => suite(engine));
  }
}

/** Names the tests that are skipped; none of it runs. */
function absent(suite: (engine: Engine) => void): () => void {
  const nothing = async (): Promise<never> => Promise.reject(new Error('there is no server'));
  return () => suite({ name: 'PostgreSQL', open: nothing, close: nothing });
}

async function pgliteEngine(): Promise<Engine> {
  await createPgliteTemplate(TEMPLATE);
  const root = mkdtempSync(join(tmpdir(), 'baton-store-'));
  return {
    name: 'PGlite',
    open: () => openDatabase({ directory: mkdtempSync(join(root, 'store-')), template: TEMPLATE }),
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}

async function postgresEngine(): Promise<Engine | { readonly skipped: string }> {
  const server = await startPostgres();
  if ('skipped' in server) return server;
  return {
    name: 'PostgreSQL',
    async open() {
      const database = await openDatabase({ url: await server.createDatabase() });
      await migrate(database.db);
      return database;
    },
    close: () => server.close(),
  };
}
