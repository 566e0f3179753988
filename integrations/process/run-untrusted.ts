import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Policy } from '../../domain/policy.schema.ts';
import { IntegrationError } from '../errors.ts';
import { bubblewrapArguments, isVisible, probeIsolation, type Isolation } from './bubblewrap.ts';
import { capture, drain } from './capture.ts';
import type { RunUntrusted, UntrustedCommand, UntrustedResult } from './port.ts';
import { NotStarted, startWatched, type WatchedProcess } from './watched.ts';

export interface UntrustedOptions {
  readonly isolation: Policy['isolation'];
  /** Directories that the code may read besides the system's: an agent's installation. */
  readonly readOnlyPaths?: readonly string[];
  /** How bubblewrap is tried; once, before the first run. */
  readonly probe?: () => Promise<Isolation>;
}

const ALIVE_EVERY_MS = 1_000;
const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];

/**
 * With `isolation: none` the group, the environment, the home and the limits still hold, but the
 * code can read what this user can read, has the network whatever `network` says, and a process
 * that starts a session of its own (setsid) is not ended.
 */
export function createRunUntrusted(options: UntrustedOptions): RunUntrusted {
  const probe = options.probe ?? probeIsolation;
  let probed: Promise<Isolation> | undefined;
  return async (command) => {
    command.signal?.throwIfAborted();
    if (options.isolation === 'bubblewrap') {
      const isolation = await (probed ??= probe());
      if (!isolation.available) {
        throw new IntegrationError(
          'NotAuthorized',
          'process',
          `refused to run code of others. ${isolation.sentence}`,
        );
      }
    }
    const home = await mkdtemp(join(tmpdir(), 'baton-home-'));
    try {
      return await supervise(await start(command, options, home), command);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  };
}

async function start(
  command: UntrustedCommand,
  { isolation, readOnlyPaths = [] }: UntrustedOptions,
  home: string,
): Promise<WatchedProcess> {
  const [name = '', ...args] = command.command;
  const directory = await realpath(command.directory);
  try {
    if (isolation === 'none') {
      const own = { PATH: searchPath(() => true), HOME: home, TMPDIR: home };
      return await startWatched(name, args, {
        directory,
        environment: { ...command.environment, ...own },
      });
    }
    const path = searchPath((entry) => isVisible(entry, readOnlyPaths));
    const environment = { ...command.environment, PATH: path, HOME: '/tmp', TMPDIR: '/tmp' };
    const cell = bubblewrapArguments({
      directory,
      environment,
      readOnlyPaths,
      network: command.network,
    });
    return await startWatched('bwrap', [...cell, '--', name, ...args], {
      directory,
      environment: { PATH: process.env['PATH'] ?? SYSTEM_PATH.join(delimiter) },
    });
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    throw new IntegrationError(
      'IntegrationUnavailable',
      'process',
      `${name} could not be started (${error.message})`,
    );
  }
}

/** The Node that runs us comes first, so that `node` means the same version everywhere. */
function searchPath(keep: (entry: string) => boolean): string {
  const inherited = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '');
  const entries = [dirname(process.execPath), ...inherited, ...SYSTEM_PATH].filter(keep);
  return [...new Set(entries)].join(delimiter);
}

async function supervise(
  child: WatchedProcess,
  { timeoutMs, maxOutputBytes, signal, onAlive }: UntrustedCommand,
): Promise<UntrustedResult> {
  const startedAt = performance.now();
  const cuts: UntrustedResult['ending'][] = [];
  const end = (why: UntrustedResult['ending']) => {
    cuts.push(why);
    void child.stop();
  };
  const abort = () => end('cancelled');
  const output = capture([child.stdout, child.stderr], maxOutputBytes, () => end('output-limit'));
  const alive = setInterval(() => onAlive?.(), ALIVE_EVERY_MS);
  const timer = setTimeout(() => end('timed-out'), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  const { exitCode } = await child.ended;
  clearInterval(alive);
  clearTimeout(timer);
  signal?.removeEventListener('abort', abort);
  await drain([child.stdout, child.stderr]);
  const ending = cuts[0] ?? 'exited';
  return {
    exitCode: ending === 'exited' ? exitCode : null,
    ending,
    output: output.bytes().toString('utf8'),
    durationMs: Math.round(performance.now() - startedAt),
  };
}
