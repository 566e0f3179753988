import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { APP_ID } from './state.ts';

export interface Envelope {
  readonly type: 'interactive' | 'events_api';
  readonly payload: unknown;
}

export interface Acknowledgement {
  readonly acknowledged: boolean;
  /** What the app sent along with it. */
  readonly response?: unknown;
}

export interface SocketMode {
  /** For `apps.connections.open`: may be used once. */
  drawUrl(): string;
  connections(): number;
  /**
   * Sends to one of the connections, again to any of them when it was not acknowledged within 3 s.
   * Answers when the first of them is acknowledged or 3 s have passed since the first one was sent.
   */
  deliver(envelope: Envelope): Promise<Acknowledgement>;
  /** Says good-bye to every connection, and cuts those that do not answer. */
  close(): Promise<void>;
}

const MAX_SENDS = 3;
const PING_EVERY_MS = 10_000;
const GOODBYE_WITHIN_MS = 300;
const GOING_AWAY = 1001;

export function openSocketMode(options: {
  readonly server: Server;
  readonly baseUrl: () => string;
  readonly acknowledgeWithinMs: number;
}): SocketMode {
  const { server, baseUrl, acknowledgeWithinMs } = options;
  const tickets = new Set<string>();
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (response: unknown) => void>();
  const timers = new Set<NodeJS.Timeout>();
  const acceptor = new WebSocketServer({ noServer: true });

  server.on('upgrade', (request, socket, head) => {
    const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    acceptor.handleUpgrade(request, socket, head, (connection) => greet(connection));
  });

  const greet = (connection: WebSocket) => {
    sockets.add(connection);
    connection.on('close', () => sockets.delete(connection));
    connection.on('error', () => connection.terminate());
    connection.on('message', (data) => {
      const { envelope_id: id, payload } = parse(data);
      if (typeof id === 'string') waiting.get(id)?.(payload);
    });
    connection.send(JSON.stringify(hello(sockets.size)));
  };

  const pings = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, PING_EVERY_MS);

  const startTimer = (ms: number) => {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), ms);
    timers.add(timer);
    const passed = new Promise<Acknowledgement>((resolve) => {
      over.signal.addEventListener('abort', () => resolve({ acknowledged: false }));
    });
    const stop = () => {
      clearTimeout(timer);
      timers.delete(timer);
    };
    return { passed, stop };
  };

  const send = (envelope: Envelope, attempt: number): Promise<Acknowledgement> => {
    const [socket] = [...sockets].slice(attempt % Math.max(sockets.size, 1));
    if (!socket) return Promise.resolve({ acknowledged: false });
    const id = randomUUID();
    const answer = new Promise<Acknowledgement>((resolve) => {
      waiting.set(id, (response) => resolve({ acknowledged: true, response }));
    });
    socket.send(JSON.stringify(wrap(envelope, id, attempt)));
    const late = startTimer(acknowledgeWithinMs);
    return Promise.race([answer, late.passed]).finally(() => {
      waiting.delete(id);
      late.stop();
    });
  };

  const resend = async (envelope: Envelope) => {
    for (let attempt = 1; attempt < MAX_SENDS; attempt += 1) {
      if ((await send(envelope, attempt)).acknowledged) return;
    }
  };

  return {
    drawUrl: () => {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${baseUrl().replace('http:', 'ws:')}/link?ticket=${ticket}&app_id=${APP_ID}`;
    },
    connections: () => sockets.size,
    deliver: async (envelope) => {
      const connected = sockets.size > 0;
      const answer = await send(envelope, 0);
      if (!answer.acknowledged && connected) void resend(envelope);
      return answer;
    },
    close: async () => {
      clearInterval(pings);
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([...sockets].map(sayGoodbye));
      acceptor.close();
    },
  };
}

function sayGoodbye(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => socket.terminate(), GOODBYE_WITHIN_MS);
    socket.once('close', () => {
      clearTimeout(cut);
      resolve();
    });
    socket.close(GOING_AWAY);
  });
}

function hello(connections: number) {
  return {
    type: 'hello',
    num_connections: connections,
    debug_info: { host: 'sandbox', build_number: 1, approximate_connection_time: 3600 },
    connection_info: { app_id: APP_ID },
  };
}

function wrap({ type, payload }: Envelope, id: string, attempt: number) {
  return {
    envelope_id: id,
    type,
    payload,
    accepts_response_payload: (payload as { type?: unknown }).type === 'view_submission',
    ...(attempt > 0 && { retry_attempt: attempt, retry_reason: 'timeout' }),
  };
}

function parse(data: RawData): { envelope_id?: unknown; payload?: unknown } {
  try {
    const parsed = JSON.parse((data as Buffer).toString('utf8')) as unknown;
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
