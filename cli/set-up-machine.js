import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetUpError } from './set-up-run.js';

/** Where the project stands. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST = [20, 20];

/** @param {string} version as `20.20.0` */
export function assertNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetUpError(
    `Baton needs Node ${OLDEST.join('.')} or newer (20.20, 22 and 24 are tested); this is ${version}.`,
    3,
  );
}

/** What several clones of one person share. @returns {string} */
export function cacheDirectory() {
  const named = process.env.XDG_CACHE_HOME;
  // The specification of base directories says to ignore a relative one.
  const base = named && isAbsolute(named) ? named : join(homedir(), '.cache');
  return join(base, 'baton');
}

/** @param {string} name @returns {string | null} the program's path */
export function findProgram(name) {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    if (directory !== '' && isProgram(path)) return path;
  }
  return null;
}

/** @param {string} path */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
