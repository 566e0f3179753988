import {
  Agent,
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

export interface Target {
  readonly version: string;
  /** Undefined while its process is not running: its requests are answered 502. */
  readonly port: () => number | undefined;
}

/** Candidate and weight in percent of the requests; everything else goes to stable. */
export interface Split {
  readonly stable: Target;
  readonly candidate: (Target & { readonly weight: number }) | null;
}

export interface WeightedProxy {
  readonly url: string;
  /** Counts from the next request on. */
  route(split: Split): void;
  close(): Promise<void>;
}

/** Splits the requests to one service by chance, so that no pattern in the traffic meets one in the split. */
export async function startWeightedProxy(port: number): Promise<WeightedProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let split: Split | undefined;
  const server = createServer((request, response) => {
    const target = split && choose(split);
    const to = target?.port();
    if (target && to !== undefined) pass(request, response, { agent, port: to, target });
    else badGateway(response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    route: (next) => {
      split = next;
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function choose({ stable, candidate }: Split): Target {
  return candidate && Math.random() * 100 < candidate.weight ? candidate : stable;
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  to: { readonly agent: Agent; readonly port: number; readonly target: Target },
): void {
  const upstream = forward({
    host: '127.0.0.1',
    port: to.port,
    agent: to.agent,
    method: request.method,
    path: request.url,
    headers: endToEnd(request.headers),
  });
  upstream.on('response', (answer) => {
    const headers = { ...endToEnd(answer.headers), 'x-served-by': to.target.version };
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  upstream.on('error', () => (response.headersSent ? response.destroy() : badGateway(response)));
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** RFC 9110 section 7.6.1: what belongs to one connection is not passed on. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { ...rest } = headers;
  delete rest.connection;
  delete rest['keep-alive'];
  return rest;
}

function badGateway(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'application/json' });
  response.end('{"error":"The service cannot be reached."}');
}
