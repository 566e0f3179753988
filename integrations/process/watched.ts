import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/**
 * Starts its arguments in the background, in this shell's own process group, and stays. File
 * descriptor 3 is a pipe whose other end only the parent holds: reading it ends when the parent
 * ends, however it ended, and then the whole group is killed. The traps make the shell outlive a
 * signal to the group, so that the guard stands until the program itself is gone; a program does
 * not inherit them.
 */
const WATCH = [
  'trap : TERM INT HUP',
  "(trap '' TERM INT HUP; read -r end <&3; kill -9 -$$) >/dev/null 2>&1 &",
  'exec 4<&0',
  '"$@" <&4 3<&- 4<&- &',
  'program=$!',
  'exec </dev/null 4<&-',
  'wait $program; code=$?',
  'while kill -0 $program 2>/dev/null; do wait $program; code=$?; done',
  'exit $code',
].join('\n');

export interface WatchedOptions {
  readonly directory?: string;
  /** The whole environment of the child; PATH must be in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** `ignore` gives it an empty standard input. */
  readonly input?: 'ignore' | 'pipe';
  /** `pipe`, or a file descriptor of a log. */
  readonly output?: 'pipe' | number;
}

export interface WatchedEnding {
  /** `null` when it was ended by a signal. A code above 128 is a signal by the shell's convention. */
  readonly exitCode: number | null;
}

export interface WatchedProcess {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Settles when the program itself has ended; whatever it left in its group is killed by then. Never rejects. */
  readonly ended: Promise<WatchedEnding>;
  /** To every process of the group. */
  signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** SIGTERM, and SIGKILL after the grace. Resolves when it has ended; safe to call again. */
  stop(graceMs?: number): Promise<WatchedEnding>;
}

/** A program could not be started at all: no process, no memory, no such directory. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/**
 * Starts a program that ends with us: in a process group of its own, killed within a moment when
 * this process ends, SIGKILL included. (Shell waiting on a pipe; the end of the pipe is our death.)
 * A command that does not exist ends with exit code 127.
 *
 * @throws NotStarted
 */
export async function startWatched(
  command: string,
  args: readonly string[],
  options: WatchedOptions,
): Promise<WatchedProcess> {
  const output = options.output ?? 'pipe';
  const stdio: StdioOptions = [options.input ?? 'ignore', output, output, 'pipe'];
  const child = spawn('/bin/sh', ['-c', WATCH, 'watch', command, ...args], {
    cwd: options.directory,
    env: options.environment,
    stdio,
    detached: true,
  });
  const pid = await started(child);
  // The guard's pipe is never written to; an error on it says that the guard is gone already.
  child.stdio[3]?.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<WatchedEnding>((resolve) => {
    child.once('exit', (code) => {
      killGroup(pid, 'SIGKILL');
      resolve({ exitCode: code === null || code > 128 ? null : code });
    });
  });
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ...control(pid, ended),
  };
}

function control(pid: number, ended: Promise<WatchedEnding>) {
  let over = false;
  void ended.then(() => (over = true));
  const signalGroup = (signal: 'SIGTERM' | 'SIGKILL') => {
    if (!over) killGroup(pid, signal);
  };
  const stop = async (graceMs = 2_000) => {
    signalGroup('SIGTERM');
    const timer = setTimeout(() => signalGroup('SIGKILL'), graceMs);
    const ending = await ended;
    clearTimeout(timer);
    return ending;
  };
  return { ended, signalGroup, stop };
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new NotStarted(error.message)));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid <= 1) return; // 0 and -1 would mean other groups than the child's
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nothing of the group is left, which is what was wanted.
  }
}
