import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A value that lives on disk as one JSON file. */
export interface StateFile<T> {
  /** Changed in place by its one owner; what is not saved is lost with the process. */
  readonly value: T;
  /**
   * Writes the whole value, synchronously and atomically (a new file takes the old one's name), so
   * that a stand-in which answers only afterwards never acknowledges what a kill could undo. A
   * killed process loses nothing; a power failure may.
   */
  save(): void;
  /** Takes back, in place, what was changed since the last save. */
  revert(): void;
}

/**
 * Opens the file at `path`, or starts with `initial` and saves it when there is none yet.
 * Throws when the file is there and not JSON: its content is somebody's work, never overwritten.
 */
export function openStateFile<T extends object>(path: string, initial: T): StateFile<T> {
  const stored = read(path);
  const value = stored === undefined ? initial : (JSON.parse(stored) as T);
  let saved = stored ?? '';
  const save = () => {
    const fresh = `${path}.new`;
    saved = JSON.stringify(value);
    writeFileSync(fresh, saved, { mode: 0o600 });
    renameSync(fresh, path);
  };
  if (stored === undefined) {
    mkdirSync(dirname(path), { recursive: true });
    save();
  }
  const revert = () => Object.assign(value, JSON.parse(saved) as T);
  return { value, save, revert };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
