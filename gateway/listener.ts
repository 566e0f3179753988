import type { IncomingMessage } from 'node:http';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type HTTPMethods,
} from 'fastify';
import type { Logger } from 'pino';
import { InvalidCursor, StoreError } from '../store/errors.ts';
import type { GatewayMetrics } from './metrics.ts';
import { Problem, problemBody } from './problem.ts';
import { readRawBody } from './raw-body.ts';
import { EngineAway } from './ticket-workflows.ts';

const JSON_LIMIT_BYTES = 1_000_000;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** An HTTP listener whose every refusal is `{ error: { code, message } }`, and which says 405 where it means it. */
export function createListener(log: Logger, metrics: GatewayMetrics): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestIdHeader: false,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, _request, reply) => void answer(log, error, reply),
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) return;
      const body = JSON.stringify(problemBody({ code: 'malformed', message: 'This is not HTTP.' }));
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    async (_request: unknown, payload: IncomingMessage) => {
      const raw = await readRawBody(payload, JSON_LIMIT_BYTES);
      try {
        return JSON.parse(raw.toString('utf8')) as unknown;
      } catch {
        throw new Problem(400, 'malformed', 'body: this is not JSON');
      }
    },
  );
  app.setErrorHandler<FastifyError>((error, _request, reply) => answer(log, error, reply));
  app.setNotFoundHandler((_request, reply) => {
    const problem = { code: 'no-such-page', message: 'There is nothing at this address.' };
    return reply.status(404).send(problemBody(problem));
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.requests.observe(labels, reply.elapsedTime / 1000);
  });
  return app;
}

function answer(log: Logger, error: Error, reply: Pick<FastifyReply, 'status'>): unknown {
  const problem = problemOf(error);
  if (problem.status >= 500) log.error({ code: problem.code, reason: error.message }, 'no answer');
  return reply.status(problem.status).send(problemBody(problem));
}

/** What a failure means to who asked; the reason itself stays in the log. */
function problemOf(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InvalidCursor) return new Problem(400, 'malformed', error.message);
  if (error instanceof EngineAway) {
    return new Problem(503, 'temporal-away', 'Temporal does not answer at the moment.');
  }
  if (error instanceof StoreError && error.unavailable) {
    return new Problem(503, 'store-away', 'The store does not answer at the moment.');
  }
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 415) {
    return new Problem(415, 'media-type', 'This content type is not taken here; send JSON.');
  }
  if (status >= 400 && status < 500) return new Problem(status, 'malformed', error.message);
  return new Problem(500, 'failed', 'Baton could not answer this; the reason is in its log.');
}

/** Call it last: answers 405 with `Allow` wherever a path is known, but not under this method. */
export function refuseOtherMethods(app: FastifyInstance, routes: ReadonlyMap<string, Set<string>>) {
  for (const [url, known] of [...routes]) {
    const allowed = new Set(known);
    const others = METHODS.filter((method) => !allowed.has(method));
    if (others.length === 0) continue;
    app.route({
      method: [...others] as HTTPMethods[],
      url,
      onRequest: async (_request, reply) => {
        reply.header('allow', [...allowed].join(', '));
        throw new Problem(405, 'method', `Only ${[...allowed].join(' and ')} is known here.`);
      },
      handler: () => undefined,
    });
  }
}

/** Remembers which methods each path knows. */
export function noteRoutes(app: FastifyInstance): ReadonlyMap<string, Set<string>> {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? new Set<string>();
    for (const one of [method].flat()) known.add(one);
    routes.set(url, known);
  });
  return routes;
}
