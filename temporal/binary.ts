import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * The Temporal server's program: the PATH's, else the one that set-up put into
 * `${XDG_CACHE_HOME:-~/.cache}/baton/bin`; null when there is none.
 */
export function findTemporalBinary(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter((part) => part !== '');
  const cache = join(cacheHome(environment['XDG_CACHE_HOME']), 'baton', 'bin');
  return [...directories, cache].map((d) => join(d, 'temporal')).find(isProgram) ?? null;
}

/** The base directory specification says to ignore a relative one. */
function cacheHome(named: string | undefined): string {
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cache');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
