import { Agent, request } from 'node:http';
import { productionRequest } from './traffic-shapes.ts';

export interface TrafficSource {
  readonly service: string;
  readonly url: string;
  /** Read before each slice of time, so it may change at any time. */
  readonly requestsPerSecond: () => number;
}

export interface Traffic {
  /** Requests answered since the start, by status code; 0 for those without an answer. */
  counts(service: string): Readonly<Record<string, number>>;
  stop(): void;
}

const SLICE_MS = 50;
/** A service that hangs gets no more than these at once, as a real load balancer would see to it. */
const MAX_OPEN = 32;
const TIMEOUT_MS = 5000;

/** Sends production-shaped requests at the rates asked for, evenly over time. */
export function startTraffic(sources: readonly TrafficSource[]): Traffic {
  const generators = new Map(sources.map((source) => [source.service, generate(source)]));
  const timer = setInterval(() => {
    for (const generator of generators.values()) generator.slice();
  }, SLICE_MS);
  return {
    counts: (service) => generators.get(service)?.counts ?? {},
    stop: () => {
      clearInterval(timer);
      for (const generator of generators.values()) generator.agent.destroy();
    },
  };
}

function generate({ service, url, requestsPerSecond }: TrafficSource) {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_OPEN });
  const counts: Record<string, number> = {};
  let open = 0;
  let due = 0;
  const done = (status: number) => {
    open -= 1;
    counts[status] = (counts[status] ?? 0) + 1;
  };
  const slice = () => {
    due += (requestsPerSecond() * SLICE_MS) / 1000;
    for (; due >= 1; due -= 1) {
      const shape = productionRequest(service, Math.random);
      if (!shape || open >= MAX_OPEN) continue;
      open += 1;
      send(new URL(shape.path, url), { ...shape, agent }, done);
    }
  };
  return { agent, counts, slice };
}

function send(
  url: URL,
  { method, body, agent }: { method: string; body?: string; agent: Agent },
  done: (status: number) => void,
): void {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  let status = 0;
  const one = request(url, { method, agent, headers, timeout: TIMEOUT_MS }, (response) => {
    status = response.statusCode ?? 0;
    response.resume();
  });
  one.once('timeout', () => one.destroy());
  one.on('error', () => undefined); // counted as status 0
  one.once('close', () => done(status));
  one.end(body);
}
