import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request whose body was read whole; `params` are the route's `:names`, decoded. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  /** The raw bytes, as they were signed. */
  readonly body: Buffer;
  /** The body as JSON; undefined for an empty one; throws `HttpError` 400 for what is not JSON. */
  json(): unknown;
}

/** `body`: a string or bytes go out as they are, anything else as JSON, undefined as nothing. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** Answered as it is when a handler throws it. */
export class HttpError extends Error {
  readonly answer: HttpAnswer;
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}`);
    this.answer = { status, headers, body };
  }
}

/** Routes by `METHOD /path/:param`; the first that matches is taken. */
export type Routes = Readonly<Record<string, HttpHandler>>;

export interface HttpServerOptions {
  /** 0 draws a free one. */
  readonly port: number;
  readonly routes: Routes;
  /** What no route matches; without it 404 with an empty object. */
  readonly fallback?: HttpHandler;
  /** Takes a request over with its streams, before its body is read, by answering true. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes or adds to every answer, errors too. */
  readonly decorate?: (answer: HttpAnswer, request: HttpRequest) => HttpAnswer;
  /** Larger bodies are answered 413. */
  readonly maxBodyBytes?: number;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** For WebSocket upgrades. */
  readonly server: Server;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only. Rejects with the system's error when the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const table = Object.entries(options.routes).map(([route, handler]) => compile(route, handler));
  const server = createServer((incoming, response) => {
    if (options.intercept?.(incoming, response)) return;
    serve(incoming, response, table, options).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000; // longer than clients keep theirs: no request meets a closing one
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface CompiledRoute {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: HttpHandler;
}

function compile(route: string, handler: HttpHandler): CompiledRoute {
  const [method = '', path = ''] = route.split(' ');
  return { method, segments: path.split('/').filter(Boolean), handler };
}

/** A `*name` segment at the end takes the rest of the path, slashes included. */
function match(
  segments: readonly string[],
  path: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.startsWith('*')) {
      if (path.length <= index) return undefined;
      params[segment.slice(1)] = path.slice(index).join('/');
      return params;
    }
    const value = path[index];
    if (value === undefined) return undefined;
    if (segment.startsWith(':')) params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return path.length === segments.length ? params : undefined;
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  table: readonly CompiledRoute[],
  options: HttpServerOptions,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const method = incoming.method ?? 'GET';
  const body = await readBody(incoming, options.maxBodyBytes ?? 25 * 1024 * 1024);
  if (!body) {
    send(response, { status: 413, body: { message: 'Payload too large' } });
    return;
  }
  const base = { method, url, headers: incoming.headers, body, json: () => parseJson(body) };
  const { handler, params } = find(table, method, url, options.fallback);
  const request: HttpRequest = { ...base, params };
  const answer = await run(handler, request);
  send(response, options.decorate?.(answer, request) ?? answer);
}

function find(
  table: readonly CompiledRoute[],
  method: string,
  url: URL,
  fallback: HttpHandler | undefined,
): { handler: HttpHandler; params: Record<string, string> } {
  const path = decodePath(url.pathname);
  for (const route of path ? table : []) {
    if (route.method !== method) continue;
    const params = match(route.segments, path ?? []);
    if (params) return { handler: route.handler, params };
  }
  return { handler: fallback ?? (() => ({ status: 404, body: {} })), params: {} };
}

/** Segments are decoded one by one, so that an encoded slash stays inside its own. */
function decodePath(pathname: string): string[] | undefined {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

async function run(handler: HttpHandler, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await handler(request);
  } catch (error) {
    if (error instanceof HttpError) return error.answer;
    return { status: 500, body: { message: error instanceof Error ? error.message : 'failed' } };
  }
}

async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new HttpError(400, { message: 'Problems parsing JSON' });
  }
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  const { body } = answer;
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = body === undefined ? '' : raw ? body : JSON.stringify(body);
  const type =
    raw || body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(answer.status, { ...type, ...answer.headers });
  response.end(bytes);
}
