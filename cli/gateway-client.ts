import type { z } from 'zod';
import { problemShape } from '../gateway/api/shapes.schema.ts';
import { CommandError, EXIT, type CommandLine } from './command-line.ts';
import { plain } from './plain-text.ts';

/** Where a running stack listens when nothing says otherwise. */
export const DEFAULT_URL = 'http://127.0.0.1:7460';
const PATIENCE_MS = 30_000;

/** The options that every command talking to a running stack has. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly as?: string;
}

export interface GatewayClient {
  readonly url: string;
  /** @throws CommandError with a sentence for the person */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
}

/** Speaks REST to the gateway found by `--url`, `BATON_URL` or the default, as `--as` or `BATON_AS`. */
export function connectGateway(
  { environment }: Pick<CommandLine, 'environment'>,
  { url, as }: ConnectionOptions,
): GatewayClient {
  const base = baseUrl(url ?? (environment.BATON_URL || DEFAULT_URL));
  const person = as ?? (environment.BATON_AS || undefined);
  const headers = {
    accept: 'application/json',
    ...(person === undefined ? {} : { 'x-baton-as': person }),
  };
  return {
    url: base,
    get: async (path, schema) => read(await send(base, path, { headers }), schema),
    post: async (path, body, schema) => {
      const request = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      return read(await send(base, path, request), schema);
    },
  };
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(
      `"${text}" is no address of a gateway. Give --url or BATON_URL as ${DEFAULT_URL}`,
      EXIT.usage,
    );
  }
  return url.href.replace(/\/+$/, '');
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly url: string;
}

async function send(base: string, path: string, init: RequestInit): Promise<Answer> {
  const url = `${base}${path}`;
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    return { status: response.status, body: parseJson(await response.text()), url };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const why =
      name === 'TimeoutError' ? `did not answer within ${PATIENCE_MS / 1000} s` : 'does not answer';
    throw new CommandError(
      `Baton ${why} at ${base}. Is it running (baton up)? Another address goes into --url or BATON_URL.`,
      EXIT.unreachable,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function read<T>({ status, body, url }: Answer, schema: z.ZodType<T>): T {
  const refusal = problemShape.safeParse(body);
  if (refusal.success)
    throw new CommandError(plain(refusal.data.error.message), exitCodeOf(status));
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `${url} answered ${status} with something that is not Baton's. Does another program listen there, or is it another version of Baton?`,
    exitCodeOf(status),
  );
}

function exitCodeOf(
  status: number,
): typeof EXIT.failed | typeof EXIT.usage | typeof EXIT.unreachable {
  if (status === 400) return EXIT.usage;
  return status >= 500 ? EXIT.unreachable : EXIT.failed;
}
