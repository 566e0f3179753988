import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** Where set-up (cli/set-up-machine.js, which must do without this build) keeps what several clones share. */
export function cacheDirectory(): string {
  const named = process.env.XDG_CACHE_HOME;
  // The specification of base directories says to ignore a relative one.
  return join(named && isAbsolute(named) ? named : join(homedir(), '.cache'), 'baton');
}

/** The empty database that set-up made for exactly these migrations (cli/set-up-store.js); undefined when there is none. */
export function pgliteTemplateDirectory(): string | undefined {
  const root = packageRoot();
  const migrations = join(root, 'store', 'migrations');
  if (!existsSync(migrations)) return undefined; // an installation without sources
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
  const directory = join(cacheDirectory(), `pglite-${hash.digest('hex').slice(0, 16)}`);
  return existsSync(directory) ? directory : undefined;
}
