import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { packageRoot } from '../worker/package-root.ts';
import { startWatched, type WatchedProcess } from '../worker/watched.ts';
import { CommandError } from './command-line.ts';

const KEPT_LINES = 20;
const GRACE_MS = 8_000;

/** A `baton` command of ours that runs as a process of its own and ends with us. */
export interface ChildCommand {
  /** The first line of its stdout, parsed. Rejects with a sentence when it ended before. */
  readonly ready: Promise<unknown>;
  /** Settles when it has ended, with the last lines it said. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Starts `baton ARGS`. What it says on stderr goes to `onMessage`, line by line. */
export async function startCommand(
  args: readonly string[],
  onMessage: (line: string) => void = () => undefined,
): Promise<ChildCommand> {
  const child = await startWatched(process.execPath, [batonPath(), ...args], {
    environment: environmentOfOurs(),
    output: 'pipe',
  });
  const said: string[] = [];
  eachLine(child.stderr, (line) => {
    said.push(line);
    if (said.length > KEPT_LINES) said.shift();
    onMessage(line);
  });
  // What it printed last may arrive after its end.
  const drained = new Promise((resolve) => child.stdout?.once('close', resolve) ?? resolve(null));
  const ended = Promise.all([child.ended, drained]).then(() => said.join('\n'));
  return {
    ready: Promise.race([
      firstLine(child),
      ended.then((last) => {
        throw new CommandError(`baton ${args[0] ?? ''} ended before it was ready:\n${last}`);
      }),
    ]),
    ended,
    stop: async () => {
      await child.stop(GRACE_MS);
    },
  };
}

/** Runs `baton ARGS` to its end and answers what it printed, parsed. */
export async function readCommand(args: readonly string[]): Promise<unknown> {
  const child = await startCommand(args);
  const value = await child.ready;
  await child.ended;
  return value;
}

const batonPath = (): string => join(packageRoot(), 'cli', 'baton.js');

function environmentOfOurs(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

function firstLine({ stdout }: WatchedProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let done = false;
    eachLine(stdout, (line) => {
      if (done) return;
      done = true;
      try {
        resolve(JSON.parse(line));
      } catch {
        reject(
          new CommandError(
            `a command of ours printed something that is not JSON: ${line.slice(0, 200)}`,
          ),
        );
      }
    });
  });
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}
