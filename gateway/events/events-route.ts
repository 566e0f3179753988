import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { auditEntryOf } from '../api/shapes.ts';
import { eventsQuery, lastEventId } from '../api/shapes.schema.ts';
import { parseRequest } from '../problem.ts';
import type { AuditFeed } from './audit-feed.ts';

/** Also how long a stream may be behind when a notice got lost. */
const HEARTBEAT_MS = 10_000;

/**
 * `GET /api/events`: audit entries as server-sent events (WHATWG HTML, section 9.2). The event id is
 * the entry's sequence, so that `Last-Event-ID` resumes without a gap; without it, and without
 * `after`, the stream begins with the first entry.
 */
export async function eventsRoute(scope: FastifyInstance, feed: AuditFeed, closing: AbortSignal) {
  scope.get('/api/events', async (request, reply) => {
    const query = parseRequest(eventsQuery, request.query, 'query');
    const header = request.headers['last-event-id'];
    const resumed =
      header === undefined ? undefined : parseRequest(lastEventId, header, 'Last-Event-ID');
    const from = resumed ?? query.after ?? 0;
    await feed.after(from, query.ticket); // an unreachable store is an answer, not a broken stream
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close', // nothing follows a stream on its connection
    });
    reply.raw.write('retry: 1000\n\n');
    void stream(reply.raw, feed, from, query.ticket, closing);
  });
}

async function stream(
  response: ServerResponse,
  feed: AuditFeed,
  from: number,
  ticket: string | undefined,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const end = () => gone.abort();
  response.once('close', end);
  closing.addEventListener('abort', end, { once: true });
  const bell = createBell(gone.signal);
  const unsubscribe = feed.subscribe(bell.ring);
  let sequence = from;
  try {
    while (!gone.signal.aborted) {
      const entries = await feed.after(sequence, ticket);
      for (const entry of entries) {
        sequence = entry.sequence;
        const data = JSON.stringify(auditEntryOf(entry));
        await write(response, `id: ${entry.sequence}\ndata: ${data}\n\n`, gone.signal);
      }
      if (entries.length === 0 && (await bell.wait(HEARTBEAT_MS)) === 'late') {
        await write(response, ': still here\n\n', gone.signal);
      }
    }
  } catch {
    // the reader left, or the store did: the reader comes back with its Last-Event-ID
  } finally {
    unsubscribe();
    closing.removeEventListener('abort', end);
    response.end();
  }
}

/** Waits while the reader is slow, so that a stalled one costs no memory. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (!response.write(text)) await once(response, 'drain', { signal });
}

/** Remembers a ring that came while nobody waited. */
function createBell(signal: AbortSignal) {
  let rung = false;
  let wakeUp = (): void => undefined;
  const ring = () => {
    rung = true;
    wakeUp();
  };
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async wait(ms: number): Promise<'rung' | 'late'> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const answer = rung ? 'rung' : 'late';
      rung = false;
      return answer;
    },
  };
}
