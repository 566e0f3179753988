import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';

export interface WatchedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error: a file's descriptor, `pipe` or `ignore`. */
  readonly output: number | 'pipe' | 'ignore';
}

export interface WatchedProcess {
  /** The watching shell, whose `stdout` and `stderr` are the program's when they are piped. */
  readonly child: ChildProcess;
  /** The program's exit status; 128 and the signal's number when a signal ended it. */
  readonly exited: Promise<number>;
  /** Asks the whole group to end, and ends it after `graceMs`. Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Descriptor 3 is a pipe whose other end only this process holds: its end is our death, however we
 * died, and then the whole group is killed. When the program ends by itself the shell does too,
 * with its status; a signal that interrupts the first `wait` is passed on and waited for.
 */
const WATCHER = `
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
trap 'kill -TERM $program 2>/dev/null' TERM INT
{ cat; kill -KILL 0; } <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-
while :; do
  wait $program
  status=$?
  kill -0 $program 2>/dev/null || break
done
kill $watch
exit $status
`;

/** Starts a program in a group of its own that cannot outlive this process, not even its kill -9. */
export function startWatched(options: WatchedOptions): WatchedProcess {
  const { command, args, cwd, env, output } = options;
  const stdio: StdioOptions = ['pipe', output, output];
  const child = spawn('/bin/sh', ['-c', WATCHER, 'watcher', command, ...args], {
    cwd,
    env,
    stdio,
    detached: true,
  });
  child.stdin?.on('error', () => undefined); // the watcher went first
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => {
      child.stdin?.destroy();
      resolve(code ?? 137);
    });
  });
  return {
    child,
    exited,
    stop: async (graceMs) => {
      signalGroup(child, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
      signalGroup(child, 'SIGKILL'); // what the program left behind
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
