import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { startWatched, type WatchedProcess } from '../integrations/process/watched.ts';
import { SEARCH_ATTRIBUTES } from './names.ts';
import { choosePorts, type ServerPorts } from './server-ports.ts';
import { untilServing } from './server-readiness.ts';

export interface EmbeddedServerOptions {
  /** What `findTemporalBinary` answered. */
  readonly binary: string;
  /** Its database, ports and log; made when missing. The caller holds a lock on it: two servers on one file lose data silently. */
  readonly directory: string;
  /** The frontend's; without it a free one, the same at every start. */
  readonly port?: number | undefined;
  readonly namespace?: string | undefined;
  /** `NORMAL` survives a killed process, `FULL` a power loss too, and is slower. */
  readonly synchronous?: 'NORMAL' | 'FULL' | undefined;
  readonly log: (sentence: string) => void;
}

export interface EmbeddedServer {
  /** `127.0.0.1:port` of the frontend. */
  readonly address: string;
  readonly httpUrl: string;
  readonly metricsUrl: string;
  readonly pid: number;
  /** Settles when it has ended, asked or not; the caller decides what that means. */
  readonly ended: Promise<void>;
  /** Lets it finish, then kills it. Safe to call again. */
  stop(): Promise<void>;
}

/** It ended, or never answered. The message holds the last lines of its log. */
export class TemporalNotStarted extends Error {
  override readonly name = 'TemporalNotStarted';
}

/**
 * Not the server's defaults: without the poll rates every hop costs 50 ms (measured: a chain of 20
 * activities 13 ms a step instead of 102 ms).
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
];
const READY_WITHIN_MS = 30_000;
const STOP_GRACE_MS = 5_000;
const LOG_KEPT_BYTES = 5_000_000;

/**
 * Starts `temporal server start-dev` on 127.0.0.1 with its database in the directory, and answers when it
 * is healthy. It dies within a moment of this process, SIGKILL included. Throws `TemporalNotStarted`.
 */
export async function startTemporalServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { binary, directory, namespace = 'default', log } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const ports = await choosePorts(directory, options.port);
  const logFile = join(directory, 'temporal.log');
  const output = openLog(logFile);
  const server = await startWatched(binary, argumentsFor(options, ports), {
    directory,
    environment: { PATH: process.env['PATH'] ?? '', HOME: directory },
    output,
  }).finally(() => closeSync(output));
  const address = `127.0.0.1:${ports.frontend}`;
  try {
    await untilReady(server, address, namespace);
  } catch (error) {
    await server.stop(0);
    throw new TemporalNotStarted(
      `The Temporal server did not start (${reasonOf(error)}). The end of ${logFile}:\n${tail(logFile)}`,
      { cause: error },
    );
  }
  log(`Temporal is ready at ${address}`);
  return {
    address,
    httpUrl: `http://127.0.0.1:${ports.http}`,
    metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`,
    pid: server.pid,
    ended: server.ended.then(() => undefined),
    stop: async () => {
      await server.stop(STOP_GRACE_MS);
    },
  };
}

function argumentsFor(options: EmbeddedServerOptions, ports: ServerPorts): string[] {
  const { directory, namespace = 'default', synchronous = 'NORMAL' } = options;
  const each = (flag: string, values: readonly string[]) => values.flatMap((v) => [flag, v]);
  return [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1'],
    ...['--port', String(ports.frontend), '--http-port', String(ports.http)],
    ...['--metrics-port', String(ports.metrics)],
    ...['--db-filename', join(directory, 'temporal.db'), '--namespace', namespace],
    ...each('--dynamic-config-value', DYNAMIC_CONFIG),
    ...each('--sqlite-pragma', ['journal_mode=WAL', `synchronous=${synchronous}`]),
    ...each(
      '--search-attribute',
      SEARCH_ATTRIBUTES.map((name) => `${name}=Keyword`),
    ),
    ...['--log-level', 'warn', '--color', 'never'],
    // Whatever the person at this machine uses Temporal's command line for is not ours.
    ...['--disable-config-file', '--disable-config-env'],
  ];
}

async function untilReady(server: WatchedProcess, address: string, namespace: string) {
  const given = new AbortController();
  const serving = untilServing(address, namespace, {
    deadline: Date.now() + READY_WITHIN_MS,
    given: given.signal,
  });
  const ended = server.ended.then(({ exitCode }) => {
    given.abort();
    throw new Error(exitCode === null ? 'it was killed' : `it ended with exit code ${exitCode}`);
  });
  ended.catch(() => undefined); // ending later, when it is asked to, is no failure
  serving.catch(() => undefined); // gives up after the other has said why
  await Promise.race([serving, ended]);
}

/** Appended to, so that a crash's last words survive the restart; one old file is kept. */
function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > LOG_KEPT_BYTES) renameSync(path, `${path}.old`);
  return openSync(path, 'a', 0o600);
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
