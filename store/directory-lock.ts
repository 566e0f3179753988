import {
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import extensions from 'fs-native-extensions';

/** Somebody else (or this very process) has the directory open. */
export class DirectoryInUse extends Error {
  readonly directory: string;
  /** The holder, when it could be read. */
  readonly pid: number | undefined;
  constructor(directory: string, pid: number | undefined) {
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    super(`${directory} is in use by ${who}. Stop it first, or choose another directory.`);
    this.name = 'DirectoryInUse';
    this.directory = directory;
    this.pid = pid;
  }
}

/**
 * Takes the directory (made when missing) for this process and answers the function that gives it
 * back. A kernel lock on `baton.lock` in it: it ends with the process, however that dies, and is not
 * inherited by its children. Throws `DirectoryInUse`.
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'baton.lock');
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (!extensions.tryLock(fd)) {
    closeSync(fd);
    throw new DirectoryInUse(directory, readPid(file));
  }
  ftruncateSync(fd);
  writeSync(fd, String(process.pid), 0);
  let held = true;
  return () => {
    // The file stays: deleting it would let two holders lock two files of one name.
    if (held) closeSync(fd);
    held = false;
  };
}

function readPid(file: string): number | undefined {
  const pid = Number(readFileSync(file, 'utf8'));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}
