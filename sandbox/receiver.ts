import { startHttpServer, type HttpRequest } from './http-server.ts';

export interface Receiver {
  readonly url: string;
  readonly received: readonly HttpRequest[];
  /** The first request, past or to come, that `matches`; rejects after `timeoutMs`. */
  next(matches: (request: HttpRequest) => boolean, timeoutMs?: number): Promise<HttpRequest>;
  close(): Promise<void>;
}

/** Stands in a test for whoever receives the webhooks; `answer` says with which status. */
export async function startReceiver(
  answer: (request: HttpRequest, nth: number) => number = () => 200,
  port = 0,
): Promise<Receiver> {
  const received: HttpRequest[] = [];
  const waiting = new Set<() => void>();
  const server = await startHttpServer({
    port,
    routes: {},
    fallback: (request) => {
      received.push(request);
      for (const wake of waiting) wake();
      return { status: answer(request, received.length) };
    },
  });
  return {
    url: server.url,
    received,
    next: async (matches, timeoutMs = 5000) => {
      const deadline = AbortSignal.timeout(timeoutMs);
      for (;;) {
        const found = received.find(matches);
        if (found) return found;
        await new Promise<void>((resolve, reject) => {
          const late = () => reject(new Error('no such request arrived'));
          const wake = () => {
            waiting.delete(wake);
            deadline.removeEventListener('abort', late);
            resolve();
          };
          waiting.add(wake);
          deadline.addEventListener('abort', late, { once: true });
        });
      }
    },
    close: () => server.close(),
  };
}
