import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { InboxItem } from '../inbox-body.schema.ts';
import { bodyHashOf, type Delivery, type Inbox } from '../inbox.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import { readRawBody } from '../raw-body.ts';

/** What a genuine delivery says, in our words; `malformed` when it cannot be read. */
export type Reading =
  | { readonly kind: 'malformed' }
  /** No items: a genuine delivery of a kind that is not used. */
  | { readonly kind: 'read'; readonly deliveryId: string; readonly items: readonly InboxItem[] };

/** A system that sends signed deliveries. */
export interface WebhookSource {
  readonly name: 'jira' | 'github';
  verify(raw: Buffer, headers: IncomingHttpHeaders): boolean;
  read(raw: Buffer, headers: IncomingHttpHeaders): Reading;
}

interface WebhooksDeps {
  readonly sources: readonly WebhookSource[];
  readonly inbox: Inbox;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
}

/** GitHub's own limit is 25 MB; what Baton reads of a delivery fits into a fraction of this. */
const LIMIT_BYTES = 5_000_000;

/** Verify, parse, store, acknowledge, and only then hand over: no delivery is lost after its 2xx. */
export async function webhooksRoute(scope: FastifyInstance, deps: WebhooksDeps) {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', (_request: unknown, payload: IncomingMessage) =>
    readRawBody(payload, LIMIT_BYTES),
  );
  for (const source of deps.sources) {
    scope.post(`/webhooks/${source.name}`, async (request, reply) => {
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const delivery = genuine(deps, source, raw, request.headers);
      if (delivery === null) return reply.status(202).send({ accepted: false });
      const isNew = await received(deps, source, delivery);
      if (isNew) void deps.inbox.handOver(delivery);
      return reply.status(202).send({ accepted: isNew });
    });
  }
}

/** Null for a kind that is not used. Throws 401 and 400. */
function genuine(
  { metrics, log }: WebhooksDeps,
  source: WebhookSource,
  raw: Buffer,
  headers: IncomingHttpHeaders,
): Delivery | null {
  const count = (result: string) => metrics.deliveries.inc({ source: source.name, result });
  if (!source.verify(raw, headers)) {
    count('forged');
    log.warn({ source: source.name, bytes: raw.length }, 'a delivery without a true signature');
    throw new Problem(401, 'not-genuine', 'The signature does not fit the body.');
  }
  const reading = source.read(raw, headers);
  if (reading.kind === 'malformed') {
    count('malformed');
    log.warn({ source: source.name, bytes: raw.length }, 'a delivery that cannot be read');
    throw new Problem(400, 'malformed', `This is not a delivery of ${source.name}.`);
  }
  if (reading.items.length === 0) {
    count('unused');
    return null;
  }
  return {
    source: source.name,
    deliveryId: reading.deliveryId,
    bodyHash: bodyHashOf(raw),
    body: { items: [...reading.items] },
  };
}

/** The id in the header is not signed, so the same body under a new id is the same delivery. */
async function received(
  { inbox, metrics, log }: WebhooksDeps,
  { name }: WebhookSource,
  delivery: Delivery,
): Promise<boolean> {
  try {
    const isNew = await inbox.receive(delivery, { dedupeBody: true });
    metrics.deliveries.inc({ source: name, result: isNew ? 'received' : 'repeated' });
    return isNew;
  } catch (error) {
    metrics.deliveries.inc({ source: name, result: 'not-stored' });
    const reason = error instanceof Error ? error.message : 'unknown reason';
    log.error({ source: name, reason }, 'a delivery could not be stored and is not acknowledged');
    throw new Problem(
      503,
      'not-stored',
      'The store is away: nothing was acknowledged, send again.',
    );
  }
}
