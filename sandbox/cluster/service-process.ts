import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startWatched, type WatchedProcess } from '../watched-process.ts';
import { findFreePort } from './free-port.ts';

export interface ServiceProcessOptions {
  /** The commit's files. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface ServiceProcess {
  /** Undefined while it does not run. */
  port(): number | undefined;
  /** The group's leader, for whoever wants to see it die. */
  pid(): number | undefined;
  /** Resolves once `/healthz` answered 200; false after the time limit or two early deaths. */
  becomesHealthy(): Promise<boolean>;
  /** The end of what it wrote. */
  log(): string;
  stop(): Promise<void>;
}

const HEALTHY_WITHIN_MS = 15_000;
const GRACE_MS = 1500;
const RESTART_DELAYS_MS = [200, 500, 1000, 2000, 5000];
/** A small heap: a service of the sample needs no more, and a machine runs several. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64'];

/** Keeps one version's process running: started again, with growing pauses, when it dies. */
export function startServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  let current: { readonly watched: WatchedProcess; readonly port: number } | undefined;
  let deaths = 0;

  const running = (async () => {
    while (!isStopping()) {
      const port = await findFreePort();
      if (isStopping()) return;
      const watched = launch(options, port);
      current = { watched, port };
      await watched.exited;
      current = undefined;
      const wait = RESTART_DELAYS_MS[Math.min(deaths, RESTART_DELAYS_MS.length - 1)];
      deaths += 1;
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    port: () => current?.port,
    pid: () => current?.watched.child.pid,
    log: () => readFileSync(options.logFile, 'utf8').slice(-2000),
    becomesHealthy: async () => {
      const until = Date.now() + HEALTHY_WITHIN_MS;
      while (Date.now() < until && deaths < 2 && !isStopping()) {
        if (current && (await isHealthy(current.port))) return true;
        await pause(25);
      }
      return false;
    },
    stop: async () => {
      stopping.abort();
      await current?.watched.stop(GRACE_MS);
      await running;
    },
  };
}

function launch({ directory, env, logFile }: ServiceProcessOptions, port: number): WatchedProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const output = openSync(logFile, 'a');
  try {
    return startWatched({
      command: process.execPath,
      args: [...NODE_FLAGS, 'src/server.js'],
      cwd: directory,
      env: { ...env, PATH: process.env['PATH'] ?? '/usr/bin:/bin', PORT: String(port) },
      output,
    });
  } finally {
    closeSync(output);
  }
}

function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', port, path: '/healthz', timeout: 1000, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
