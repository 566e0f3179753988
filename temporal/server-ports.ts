import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, isFree } from './free-ports.ts';

export interface ServerPorts {
  readonly frontend: number;
  readonly http: number;
  readonly metrics: number;
}

/** An orphan of a killed predecessor has its ports for up to two seconds. */
const FREE_WITHIN_MS = 3_000;
const POLL_MS = 50;

/**
 * The ports that this directory's server had before, so that clients find it where it was; new ones at
 * the first start, and where somebody else has taken one. `fixed` is a frontend port that the caller
 * insists on: when it is taken this throws.
 */
export async function choosePorts(directory: string, fixed?: number): Promise<ServerPorts> {
  const file = join(directory, 'ports.json');
  const remembered = readPorts(file);
  const wanted = fixed === undefined ? remembered : { ...remembered, frontend: fixed };
  const deadline = Date.now() + FREE_WITHIN_MS;
  for (;;) {
    const ports = await keepFree(wanted);
    if (ports.taken.length === 0 || Date.now() > deadline) {
      if (fixed !== undefined && ports.taken.includes(fixed)) {
        throw new Error(`Port ${fixed} of 127.0.0.1 is taken, so Temporal cannot listen on it.`);
      }
      const chosen = { frontend: ports.frontend, http: ports.http, metrics: ports.metrics };
      writeFileSync(`${file}.new`, `${JSON.stringify(chosen)}\n`);
      renameSync(`${file}.new`, file);
      return chosen;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Every wanted port that is free, and a new one in the place of every other. */
async function keepFree(
  wanted: Partial<ServerPorts>,
): Promise<ServerPorts & { readonly taken: readonly number[] }> {
  const taken: number[] = [];
  const [a = 0, b = 0, c = 0] = await freePorts(3);
  const choose = async (port: number | undefined, other: number): Promise<number> => {
    if (port === undefined) return other;
    if (await isFree(port)) return port;
    taken.push(port);
    return other;
  };
  const frontend = await choose(wanted.frontend, a);
  const http = await choose(wanted.http, b);
  return { frontend, http, metrics: await choose(wanted.metrics, c), taken };
}

function readPorts(file: string): Partial<ServerPorts> {
  if (!existsSync(file)) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const at = (name: string): unknown =>
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    const [frontend, http, metrics] = ['frontend', 'http', 'metrics'].map(at);
    return isPort(frontend) && isPort(http) && isPort(metrics) ? { frontend, http, metrics } : {};
  } catch {
    return {}; // damaged: as at the first start
  }
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}
