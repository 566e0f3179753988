import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './set-up-machine.js';
import { SetUpError, run } from './set-up-run.js';

const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.baton-set-up');

/** The packages, exactly as the lockfile names them. @returns {import('./set-up.js').Step} */
export function dependencies() {
  const lockfile = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const wanted = `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform} ${process.arch}\n`;
  return {
    lock: ROOT,
    missing() {
      if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return null;
      if (isInstalled(lockfile)) {
        writeFileSync(STAMP, wanted);
        return null;
      }
      const why = existsSync(MODULES) ? 'the lockfile has changed' : 'there are none yet';
      return `installing packages with npm ci (${why}; about a minute)`;
    },
    async mend() {
      // --include=dev: the build needs the compiler even where NODE_ENV says production.
      const args = ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
      const problem = await run('npm', args, { cwd: ROOT });
      if (problem !== null) {
        throw new SetUpError(
          `npm ci did not work: ${problem}. Is the package registry reachable (npm ping)? Then run this again.`,
        );
      }
      writeFileSync(STAMP, wanted);
    },
  };
}

/** True when somebody's own `npm ci` or `npm install` has already brought what the lockfile names. @param {string} lockfile */
function isInstalled(lockfile) {
  try {
    const installed = packagesOf(readFileSync(join(MODULES, '.package-lock.json'), 'utf8'));
    return Object.entries(packagesOf(lockfile)).every(
      ([path, { version, optional }]) =>
        path === '' || optional === true || installed[path]?.version === version,
    );
  } catch {
    return false;
  }
}

/**
 * @param {string} json
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(json) {
  return JSON.parse(json).packages;
}
