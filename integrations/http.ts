import { request, type Dispatcher } from 'undici';
import { IntegrationError } from './errors.ts';
import { nonsense, unreachable } from './http-failure.ts';

export interface HttpRequest {
  readonly system: string;
  readonly attempted: string;
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; of a repeated header the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const MAX_BODY_BYTES = 20_000_000;

/**
 * One request, no retry, no redirect followed.
 *
 * @throws IntegrationError `IntegrationUnavailable` without an answer in time; the signal's reason
 *   when it was aborted
 */
export async function send(one: HttpRequest): Promise<HttpAnswer> {
  one.signal?.throwIfAborted();
  const signal = withTimeout(one.timeoutMs, one.signal);
  try {
    const answer = await request(one.url, {
      method: one.method,
      headers: one.headers,
      body: one.body ?? null,
      signal,
    });
    const body = await read(answer.body, one);
    return { status: answer.statusCode, headers: flatten(answer.headers), body };
  } catch (error) {
    one.signal?.throwIfAborted();
    if (error instanceof IntegrationError) throw error;
    throw unreachable(one.system, one.attempted, error);
  }
}

/** `undefined` for an empty body. @throws IntegrationError when it is no JSON */
export function parseJson(answer: HttpAnswer, system: string, attempted: string): unknown {
  if (answer.body.trim() === '') return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    throw nonsense(system, attempted);
  }
}

/** Ends with the caller's signal or after the limit, whichever comes first. */
export function withTimeout(timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}

async function read(body: Dispatcher.ResponseData['body'], one: HttpRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw nonsense(one.system, one.attempted);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flatten(headers: Dispatcher.ResponseData['headers']): HttpAnswer['headers'] {
  const flat = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value[0] : value,
  ]);
  return Object.fromEntries(flat) as HttpAnswer['headers'];
}
