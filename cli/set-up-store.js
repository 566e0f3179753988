import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, cacheDirectory } from './set-up-machine.js';
import { SetUpError, run } from './set-up-run.js';

const MIGRATIONS = join(ROOT, 'store', 'migrations');
const MAKER = join(ROOT, 'dist', 'store', 'create-template.js');

/**
 * The empty database that new data directories are copied from: making one takes seconds and most of a
 * gigabyte of memory, copying it neither. Keyed by what is in it, so that two clones with different
 * migrations do not get in each other's way.
 *
 * @returns {import('./set-up.js').Step}
 */
export function storeTemplate() {
  const directory = templateDirectory();
  return {
    lock: cacheDirectory(),
    missing() {
      return existsSync(join(directory, 'template.json')) ? null : 'making the empty database';
    },
    async mend() {
      mkdirSync(cacheDirectory(), { recursive: true });
      const problem = await run(process.execPath, [MAKER, directory], { cwd: ROOT });
      if (problem !== null) {
        throw new SetUpError(
          `The empty database could not be made: ${problem}. See the lines above.`,
        );
      }
    },
  };
}

/** Also `worker/` computes this name: see `worker/installed.ts`. */
function templateDirectory() {
  const hash = createHash('sha256');
  const lockfile = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  hash.update(String(lockfile.packages['node_modules/@electric-sql/pglite']?.version));
  for (const name of readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.ts'))
    .sort()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(MIGRATIONS, name)))
      .update('\0');
  }
  return join(cacheDirectory(), `pglite-${hash.digest('hex').slice(0, 16)}`);
}
