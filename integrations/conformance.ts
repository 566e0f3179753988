import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { IntegrationError } from './errors.ts';

export interface RecordedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

export interface RecordedVendor {
  readonly url: string;
  /** `METHOD /path?query` of every request that came. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A server that gives a vendor's recorded answers; `undefined` never answers. */
export async function startRecordedVendor(
  answer: (request: IncomingMessage, body: string) => RecordedAnswer | undefined,
): Promise<RecordedVendor> {
  const requests: string[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const one = answer(request, Buffer.concat(chunks).toString('utf8'));
    if (one === undefined) return;
    const text = typeof one.body === 'string' ? one.body : JSON.stringify(one.body ?? {});
    response.writeHead(one.status, { 'content-type': 'application/json', ...one.headers });
    response.end(text);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  // A test that fails before it closes its vendor must not keep the whole run alive.
  server.unref().on('connection', (socket) => socket.unref());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** The limit that an adapter under this suite is given. */
export const SHORT_TIMEOUT_MS = 300;

/**
 * What every adapter that speaks HTTP does when its vendor does not do what was asked.
 *
 * @param call - one operation of an adapter whose vendor stands at `url`, with `SHORT_TIMEOUT_MS`
 *   and the credential `credential`
 */
export function failureConformance(
  name: string,
  call: (at: { url: string; credential: string; signal?: AbortSignal }) => Promise<unknown>,
): void {
  describe(`failures of ${name}`, () => {
    const credential = 'do-not-show-this';
    let answer: RecordedAnswer | undefined;
    let vendor: RecordedVendor;
    beforeEach(async () => {
      vendor = await startRecordedVendor(() => answer);
    });
    afterEach(async () => vendor.close());

    const failure = async (given: RecordedAnswer | undefined, url = vendor.url) => {
      answer = given;
      const error: unknown = await call({ url, credential }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(IntegrationError);
      return error as IntegrationError;
    };

    test.each([
      [401, 'NotAuthorized'],
      [403, 'NotAuthorized'],
      [404, 'IntegrationRejected'],
      [410, 'IntegrationRejected'],
      [500, 'IntegrationUnavailable'],
      [502, 'IntegrationUnavailable'],
      [503, 'IntegrationUnavailable'],
    ])('%i is %s, asked once', async (status, kind) => {
      const error = await failure({ status, body: { message: 'no' } });
      expect(error.kind).toBe(kind);
      expect(new Set(vendor.requests).size).toBe(vendor.requests.length);
    });

    test('429 with seconds carries them', async () => {
      const error = await failure({ status: 429, headers: { 'retry-after': '7' } });
      expect(error).toMatchObject({ kind: 'RateLimited', retryAfterMs: 7_000 });
      expect(vendor.requests).toHaveLength(1);
    });

    test('429 with a date carries the time until then', async () => {
      const date = new Date(Date.now() + 60_000).toUTCString();
      const error = await failure({ status: 429, headers: { 'retry-after': date } });
      expect(error.kind).toBe('RateLimited');
      expect(error.retryAfterMs).toBeGreaterThan(50_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
    });

    test('429 without Retry-After is a limit all the same', async () => {
      const error = await failure({ status: 429, body: 'slow down' });
      expect(error).toMatchObject({ kind: 'RateLimited', retryAfterMs: undefined });
    });

    test.each([
      ['a page', '<html>sign in to the hotel network</html>'],
      ['half of an answer', '{"id": 1, "na'],
      ['an empty answer', ''],
      ['null', 'null'],
      ['another answer', '{"hello":"world"}'],
    ])('200 with %s is nobody there, not a success', async (_, body) => {
      expect((await failure({ status: 200, body })).kind).toBe('IntegrationUnavailable');
    });

    test('no answer within the limit is nobody there', async () => {
      const startedAt = Date.now();
      expect((await failure(undefined)).kind).toBe('IntegrationUnavailable');
      expect(Date.now() - startedAt).toBeLessThan(SHORT_TIMEOUT_MS * 10);
    });

    test('nobody listening is nobody there', async () => {
      const gone = await startRecordedVendor(() => undefined);
      await gone.close();
      expect((await failure(undefined, gone.url)).kind).toBe('IntegrationUnavailable');
    });

    test('cancelled: the reason comes through as it is', async () => {
      const reason = new Error('the activity was cancelled');
      const abort = new AbortController();
      answer = undefined;
      const calling = call({ url: vendor.url, credential, signal: abort.signal });
      setTimeout(() => abort.abort(reason), 20);
      await expect(calling).rejects.toBe(reason);
      await expect(call({ url: vendor.url, credential, signal: abort.signal })).rejects.toBe(
        reason,
      );
    });

    test('the error names the system, and holds neither credential nor request', async () => {
      const error = await failure({ status: 500, body: { message: 'oh' } });
      const everything = JSON.stringify([error, error.message, error.stack, error.cause]);
      expect(everything).not.toContain(credential);
      expect(everything).not.toContain(Buffer.from(credential).toString('base64').slice(0, -3));
      expect(error.message).toContain(error.system);
    });
  });
}
