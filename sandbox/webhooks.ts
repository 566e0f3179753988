import { randomUUID } from 'node:crypto';
import { openOutboxFile, type Attempt, type Delivery, type Faults } from './webhook-outbox.ts';
import type { Routes } from './http-server.ts';

export interface WebhookOptions {
  /** The outbox on disk. */
  readonly file: string;
  readonly url: string;
  /** The vendor's headers for one attempt: signature of the raw body, delivery id, retry count. */
  readonly headers: (delivery: Delivery, body: string) => Record<string, string>;
  /** Waits before each retry, in milliseconds; empty for a vendor that never retries by itself. */
  readonly retryDelaysMs: readonly number[];
}

export interface Webhooks {
  /**
   * Durable when it returns; delivered in the background, also after a restart. With a `guid` that
   * was sent before, nothing happens.
   */
  send(event: string, payload: unknown, guid?: string): void;
  /** Oldest first. */
  deliveries(): readonly Delivery[];
  /** Sends a recorded delivery once more under the same id; undefined when it is unknown. */
  redeliver(id: number): Delivery | undefined;
  faults(): Faults;
  /** `POST /sandbox/faults`: replaces the faults. They are kept over a restart. */
  readonly routes: Routes;
  /** Stops delivering; what is pending is delivered by the next opener. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** What Jira retries (its webhook page): these, every 5xx, time-outs and refused connections. */
const RETRIED = new Set([408, 409, 425, 429]);

/**
 * Sends what a vendor sends, the way it sends it: signed, at least once, unordered. A dropped
 * delivery (a fault) is recorded as failed and never retried: that is what "lost" means.
 */
export function openWebhooks(options: WebhookOptions): Webhooks {
  const outbox = openOutboxFile(options.file);
  const stop = new AbortController();
  const running = new Set<Promise<void>>();

  const start = (delivery: Delivery) => {
    const task = deliver(delivery).catch(() => undefined);
    running.add(task);
    void task.finally(() => running.delete(task));
  };

  async function deliver(delivery: Delivery): Promise<void> {
    const { delayMs = 0, duplicate = 0 } = outbox.faults();
    await pause(delayMs, stop.signal);
    for (;;) {
      if (stop.signal.aborted) return;
      const attempt = await attemptOnce(delivery);
      if (!attempt) return;
      const wait = retryAfter(delivery, attempt);
      outbox.attempted(delivery, attempt, wait === undefined);
      if (wait === undefined) break;
      await pause(wait, stop.signal);
    }
    for (let n = 0; n < duplicate; n += 1) await attemptOnce(delivery);
  }

  function retryAfter(delivery: Delivery, { status, dropped }: Attempt): number | undefined {
    const retried = status === 0 || status >= 500 || RETRIED.has(status);
    return retried && !dropped ? options.retryDelaysMs[delivery.attempts.length] : undefined;
  }

  /** Undefined when the stand-in was closed before there was an answer. */
  async function attemptOnce(delivery: Delivery): Promise<Attempt | undefined> {
    const startedAt = Date.now();
    const at = new Date(startedAt).toISOString();
    if (outbox.isDropped(delivery)) return { at, status: 0, durationMs: 0, dropped: true };
    const status = await post(delivery);
    if (status === 0 && stop.signal.aborted) return undefined;
    return { at, status, durationMs: Date.now() - startedAt };
  }

  async function post(delivery: Delivery): Promise<number> {
    const { body } = delivery;
    const headers = { 'content-type': 'application/json', ...options.headers(delivery, body) };
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const response = await fetch(options.url, { method: 'POST', body, headers, signal });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  for (const delivery of outbox.deliveries()) if (!delivery.done) start(delivery);

  return {
    send: (event, payload, guid = randomUUID()) => {
      if (outbox.deliveries().some((known) => known.guid === guid)) return;
      start(outbox.add({ guid, event, body: JSON.stringify(payload) }));
    },
    deliveries: () => outbox.deliveries(),
    redeliver: (id) => {
      const known = outbox.deliveries().find((delivery) => delivery.id === id);
      if (!known) return undefined;
      const { guid, event, body } = known;
      const again = outbox.add({ guid, event, body, redelivery: true });
      start(again);
      return again;
    },
    faults: () => outbox.faults(),
    routes: {
      'POST /sandbox/faults': (request) => {
        outbox.setFaults(asFaults(request.json()));
        return { status: 200, body: outbox.faults() };
      },
    },
    close: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}

function asFaults(body: unknown): Faults {
  return typeof body === 'object' && body !== null ? body : {};
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
