import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { DecisionReceipt } from '../domain/decision.schema.ts';
import type { InboxDelivery, Store } from '../store/port.ts';
import { inboxBody, type InboxBody } from './inbox-body.schema.ts';

/** Tells Temporal what a delivery says. Throws `EngineAway` when it could not be told; then it is told again later. */
export type HandOver = (body: InboxBody) => Promise<DecisionReceipt | null>;

export interface Delivery extends Pick<InboxDelivery, 'source' | 'deliveryId' | 'bodyHash'> {
  readonly body: InboxBody;
}

/** `waiting`: Temporal could not be told; the delivery is kept and handed over when it is back. */
export type HandedOver =
  | { readonly kind: 'done'; readonly receipt: DecisionReceipt | null }
  | { readonly kind: 'waiting' };

/**
 * The one door in. What was received is durable, and is handed over until it is marked: right after
 * it came, when the gateway starts, and with every sweep. Handing over twice changes nothing, because
 * facts and decisions carry ids that the ticket's state remembers.
 */
export interface Inbox {
  /** False: it was here before. Throws when the store is away; then nothing may be acknowledged. */
  receive(delivery: Delivery, options: { readonly dedupeBody: boolean }): Promise<boolean>;
  /** Tries once, and marks. Never throws. */
  handOver(delivery: Delivery): Promise<HandedOver>;
  /** Hands over what is not marked, each once; does nothing while Temporal is away. Never throws. */
  sweep(): Promise<void>;
  start(everyMs: number): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

interface InboxDeps {
  readonly store: Pick<
    Store,
    'receive' | 'markHandedOver' | 'waitingDeliveries' | 'purgeDeliveries'
  >;
  readonly handOver: HandOver;
  /** Rejects while Temporal is away. */
  readonly pingEngine: () => Promise<void>;
  readonly log: Logger;
  readonly clock: () => number;
}

const SWEEP_LIMIT = 100;
const SIDE_BY_SIDE = 10;
const KEPT_MS = 7 * 24 * 3_600_000;
const PURGE_EVERY_MS = 3_600_000;

export function createInbox({ store, handOver, pingEngine, log, clock }: InboxDeps): Inbox {
  const underWay = new Map<string, Promise<HandedOver>>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  let purgedAt = 0;

  /** One hand-over of a delivery at a time, whoever asks. */
  function once(delivery: Delivery): Promise<HandedOver> {
    const name = `${delivery.source} ${delivery.deliveryId}`;
    const running = underWay.get(name) ?? attempt(delivery).finally(() => underWay.delete(name));
    underWay.set(name, running);
    return running;
  }

  async function attempt({ source, deliveryId, body }: Delivery): Promise<HandedOver> {
    try {
      const receipt = await handOver(body);
      await store.markHandedOver(source, deliveryId);
      return { kind: 'done', receipt };
    } catch (error) {
      log.warn(
        { source, deliveryId, reason: reasonOf(error) },
        'a delivery waits to be handed over',
      );
      return { kind: 'waiting' };
    }
  }

  async function sweepOnce(): Promise<void> {
    const rows = await store.waitingDeliveries(SWEEP_LIMIT);
    if (rows.length > 0) await pingEngine();
    // Side by side: an update that one stuck ticket does not answer must not hold up the others.
    for (let i = 0; i < rows.length; i += SIDE_BY_SIDE) {
      await Promise.all(rows.slice(i, i + SIDE_BY_SIDE).map(handOverRow));
    }
    if (clock() - purgedAt < PURGE_EVERY_MS) return;
    purgedAt = clock();
    await store.purgeDeliveries(KEPT_MS);
  }

  async function handOverRow(row: InboxDelivery): Promise<void> {
    const body = inboxBody.safeParse(row.body);
    if (body.success) {
      await once({ ...row, body: body.data });
    } else {
      log.error({ source: row.source, deliveryId: row.deliveryId }, 'an inbox row is unreadable');
      await store.markHandedOver(row.source, row.deliveryId);
    }
  }

  const inbox: Inbox = {
    receive: ({ source, deliveryId, bodyHash, body }, options) =>
      store.receive(
        { source, deliveryId, bodyHash, body, receivedAt: new Date(clock()).toISOString() },
        options,
      ),
    handOver: once,
    sweep() {
      sweeping ??= sweepOnce()
        .catch((error: unknown) => {
          log.warn({ reason: reasonOf(error) }, 'the inbox could not be swept');
        })
        .finally(() => (sweeping = undefined));
      return sweeping;
    },
    start(everyMs) {
      void inbox.sweep();
      timer = setInterval(() => void inbox.sweep(), everyMs);
    },
    async stop() {
      clearInterval(timer);
      await sweeping;
      await Promise.all(underWay.values());
    },
  };
  return inbox;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}

/** `sha256:<hex>` of the bytes that were signed. */
export function bodyHashOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
