import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command line as a person or a script starts it: the committed executable over the build. */
export const BATON = resolve(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  '..',
  'cli',
  'baton.js',
);

/** What a machine has before anybody prepared anything; nothing of Baton's is in it. */
export const BARE_ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  ['PATH', 'HOME', 'XDG_CACHE_HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `baton ARGS` to its end; `code` is null when it had to be killed. */
export function runBaton(
  args: readonly string[],
  { environment = {}, withinMs = 60_000 }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [BATON, ...args], {
    env: { ...BARE_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: withinMs,
    killSignal: 'SIGKILL',
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, out: out(), err: err() }));
  });
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly withinMs?: number;
}

/** A `baton` command that runs until it is ended. It ends with us, whatever ends us. */
export interface RunningBaton {
  readonly pid: number;
  /** Everything it printed so far. */
  out(): string;
  err(): string;
  /** Its first line on stdout. Rejects with what it said when it ended before, or after the time limit. */
  firstLine(withinMs?: number): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** To everything in its process group. */
  signalGroup(signal: NodeJS.Signals): void;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/**
 * Started as a shell would, in a group of its own and watched by nobody but a guard that ends this
 * one process when the test's process ends: what its children do then is what they do at a kill.
 */
export async function startBaton(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningBaton> {
  const child = spawn(process.execPath, [BATON, ...args], {
    env: { ...BARE_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`baton ${args.join(' ')} could not be started`);
  const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  void ended.then(() => guard.kill('SIGKILL'));
  return {
    pid,
    out,
    err,
    ended,
    firstLine: (withinMs = 60_000) => firstLine({ args, out, err, ended }, withinMs),
    signal: (signal) => send(pid, signal),
    signalGroup: (signal) => send(-pid, signal),
  };
}

interface Printing extends Pick<RunningBaton, 'out' | 'err' | 'ended'> {
  readonly args: readonly string[];
}

async function firstLine({ args, out, err, ended }: Printing, withinMs: number): Promise<string> {
  const state = { over: false };
  void ended.then(() => (state.over = true));
  const name = `baton ${args.join(' ')}`;
  for (const end = Date.now() + withinMs; !out().includes('\n');) {
    if (state.over) throw new Error(`${name} ended before its first line: ${err()}`);
    if (Date.now() > end) throw new Error(`${name} printed no line: ${err()}`);
    await new Promise((again) => setTimeout(again, 20));
  }
  return out().slice(0, out().indexOf('\n'));
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, which is what a signal is for.
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
