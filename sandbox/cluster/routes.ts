import { get } from 'node:http';
import { z } from 'zod';
import type { HttpAnswer, Routes } from '../http-server.ts';
import type { EnvironmentProcesses } from './environment-processes.ts';
import { Refusal, type RefusalKind } from './refusal.ts';
import { deployRequest, type DeployRequest } from './requests.ts';
import type { Traffic } from './traffic.ts';
import type { TrafficRate } from './traffic-rate.ts';

const STATUS: Readonly<Record<RefusalKind, number>> = {
  rejected: 422,
  'not-found': 404,
  conflict: 409,
  unavailable: 503,
};
const trafficRequest = z.strictObject({ requestsPerSecond: z.number().min(0).max(500).nullable() });

/**
 * The control API: `POST /command` takes a request of `deploy-command/1`; metrics are passed through
 * from the process that exported them; `/sandbox/...` is for whoever experiments.
 */
export function clusterRoutes(deps: {
  readonly processes: EnvironmentProcesses;
  readonly traffic: Traffic;
  readonly rate: TrafficRate;
  readonly carryOut: (request: DeployRequest) => Promise<unknown>;
}): Routes {
  const { processes, traffic, rate } = deps;
  return {
    'POST /command': async (request) => {
      const parsed = deployRequest.safeParse(request.json());
      if (!parsed.success) return refuse(new Refusal('rejected', z.prettifyError(parsed.error)));
      try {
        return { status: 200, body: await deps.carryOut(parsed.data) };
      } catch (error) {
        return refuse(error instanceof Refusal ? error : new Refusal('unavailable', String(error)));
      }
    },
    'GET /metrics/:environment/:service/:version': async ({ params }) => {
      const { environment = '', service = '', version = '' } = params;
      const process = processes.service(environment, service)?.process(version);
      if (!process) return refuse(new Refusal('not-found', `No ${version} of ${service} runs.`));
      return readMetrics(process.port());
    },
    'GET /sandbox/processes': () => ({ status: 200, body: listProcesses(processes) }),
    'GET /sandbox/traffic/:service': ({ params }) => ({
      status: 200,
      body: traffic.counts(params['service'] ?? ''),
    }),
    'POST /sandbox/traffic': (request) => {
      const parsed = trafficRequest.safeParse(request.json());
      if (!parsed.success) return refuse(new Refusal('rejected', z.prettifyError(parsed.error)));
      rate.set(parsed.data.requestsPerSecond);
      return { status: 200, body: parsed.data };
    },
  };
}

function refuse({ kind, message }: Refusal): HttpAnswer {
  return { status: STATUS[kind], body: { error: { kind, message } } };
}

function listProcesses(processes: EnvironmentProcesses) {
  return processes.all().flatMap(([environment, service, running]) =>
    running.processes().map(([version, process]) => ({
      environment,
      service,
      version,
      pid: process.pid() ?? null,
      port: process.port() ?? null,
    })),
  );
}

/** 502 when the process does not answer: whoever asks has no data then, and must be told. */
function readMetrics(port: number | undefined): Promise<HttpAnswer> {
  const dead: HttpAnswer = { status: 502, body: { error: 'The version does not answer.' } };
  if (port === undefined) return Promise.resolve(dead);
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/metrics', timeout: 2000, agent: false };
    const request = get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(dead));
      response.on('end', () =>
        resolve({
          status: 200,
          headers: { 'content-type': response.headers['content-type'] ?? 'text/plain' },
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(dead));
  });
}
