import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** Where set-up (cli/set-up-machine.js, which must do without this build) keeps what several clones share. */
export function cacheDirectory(): string {
  const named = process.env.XDG_CACHE_HOME;
  // The specification of base directories says to ignore a relative one.
  return join(named && isAbsolute(named) ? named : join(homedir(), '.cache'), 'baton');
}

/** The Temporal server's program: the PATH's, else set-up's; null when there is none. */
export function findTemporalProgram(): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((part) => part !== '');
  const paths = [...directories, join(cacheDirectory(), 'bin')].map((d) => join(d, 'temporal'));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The empty database that set-up made for exactly these migrations (cli/set-up-store.js); it may be missing. */
export function pgliteTemplateDirectory(): string {
  const root = packageRoot();
  const migrations = join(root, 'store', 'migrations');
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  const hash = createHash('sha256');
  hash.update(String(packages['node_modules/@electric-sql/pglite']?.version));
  const names = readdirSync(migrations).filter((file) => file.endsWith('.ts'));
  for (const name of names.sort()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(migrations, name)))
      .update('\0');
  }
  return join(cacheDirectory(), `pglite-${hash.digest('hex').slice(0, 16)}`);
}
