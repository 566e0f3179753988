import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Kysely } from 'kysely';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/all.ts';
import { createPgliteDialect } from './pglite-dialect.ts';
import { createPgliteFiles } from './pglite-files.ts';
import type { Tables } from './tables.ts';

/** Where a template's database files lie. */
export function templateData(template: string): string {
  return join(template, 'data');
}

/** Complete, and made with the PGlite that is installed now. Its migrations may be older: opening applies the rest. */
export function isUsableTemplate(template: string): boolean {
  return readManifest(template)?.pglite === pgliteVersion();
}

/**
 * Makes an empty, migrated database that new data directories are copied from. Does nothing when one
 * is there with the same PGlite and migrations (answers false). Peaks at 900 MB of memory, which
 * stays with the process: run it in a short one of its own (`node dist/store/create-template.js DIR`).
 * Two at once make it twice and keep one.
 */
export async function createPgliteTemplate(template: string): Promise<boolean> {
  const manifest = { pglite: pgliteVersion(), migrations: MIGRATIONS.map((m) => m.name) };
  if (JSON.stringify(readManifest(template)) === JSON.stringify(manifest)) return false;
  const making = `${template}.making-${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  try {
    await createPgliteFiles(templateData(making), async (pglite) => {
      await migrate(new Kysely<Tables>({ dialect: createPgliteDialect(pglite) }));
    });
    writeFileSync(join(making, 'template.json'), `${JSON.stringify(manifest)}\n`);
    putInPlace(making, template);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return true;
}

function putInPlace(making: string, template: string): void {
  const old = `${making}.old`;
  if (existsSync(template)) renameSync(template, old);
  try {
    renameSync(making, template);
  } catch (error) {
    if (!isUsableTemplate(template)) throw error; // else another process was first
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

function readManifest(template: string): { pglite?: unknown } | null {
  const file = join(template, 'template.json');
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pglite?: unknown };
  } catch {
    return null; // damaged: as good as none
  }
}

/** Its package.json is not exported, its main file is two folders below it. */
function pgliteVersion(): string {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = JSON.parse(readFileSync(join(dirname(main), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
