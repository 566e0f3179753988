import { Octokit, RequestError } from 'octokit';
import type { z } from 'zod';
import { IntegrationError } from '../errors.ts';
import { withTimeout } from '../http.ts';
import { httpFailure, nonsense, unreachable } from '../http-failure.ts';

export interface GithubOptions {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly token: string;
  readonly timeoutMs?: number;
}

export interface GithubCall {
  /** What a person would call it: `merge of pull request 12`. */
  readonly attempted: string;
  /** `GET /repos/{owner}/{repo}/pulls/{number}`. */
  readonly route: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
}

export interface GithubClient {
  /** One call; the answer is stripped to what the schema names. Throws `IntegrationError`. */
  call<S extends z.ZodType>(call: GithubCall, answer: S): Promise<z.infer<S>>;
  /** Every page of a list. @param key - where the list stands in the answer, when it is not the answer */
  list<S extends z.ZodType>(call: GithubCall, item: S, key?: string): Promise<z.infer<S>[]>;
}

const PER_PAGE = 100;
const MAX_PAGES = 50;

/** octokit without its own retries and throttling: those are Temporal's, which survive a crash. */
export function createGithubClient({
  apiUrl,
  token,
  timeoutMs = 15_000,
}: GithubOptions): GithubClient {
  const octokit = new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    auth: token,
    userAgent: 'baton',
    retry: { enabled: false },
    throttle: { enabled: false },
    // What the client would log is in the error that is thrown.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: {
      fetch: (url: string, init: RequestInit = {}) =>
        fetch(url, { ...init, signal: withTimeout(timeoutMs, init.signal ?? undefined) }),
    },
  });
  const raw = async (one: GithubCall): Promise<unknown> => {
    const { route, parameters, signal } = one;
    signal?.throwIfAborted();
    try {
      const request = signal === undefined ? {} : { signal };
      const answer = await octokit.request(route, { ...place(one), ...parameters, request });
      return answer.data as unknown;
    } catch (error) {
      signal?.throwIfAborted();
      throw nameFailure(one.attempted, error);
    }
  };
  return {
    call: async (one, answer) => understand(one, await raw(one), answer),
    async list(one, item, key) {
      const all: z.infer<typeof item>[] = [];
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const parameters = { ...one.parameters, per_page: PER_PAGE, page };
        const data = await raw({ ...one, parameters });
        const rows = understand(one, key === undefined ? data : valueAt(data, key), item.array());
        all.push(...rows);
        if (rows.length < PER_PAGE) return all;
      }
      throw nonsense('github', `${one.attempted} (more than ${MAX_PAGES * PER_PAGE} rows)`);
    },
  };
}

function place({ repository }: GithubCall): { owner: string; repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

/** The client's own error is not kept: it holds the request with its headers. */
function nameFailure(attempted: string, error: unknown): unknown {
  if (error instanceof Error && error.name === 'AbortError') {
    return unreachable('github', attempted, error);
  }
  if (!(error instanceof RequestError)) return error;
  const { response, status } = error;
  if (response === undefined) return unreachable('github', attempted, error.cause ?? error);
  const headers = flatten(response.headers);
  return httpFailure({
    system: 'github',
    attempted,
    status,
    headers,
    detail: detailOf(response.data),
  });
}

/** A proxy may answer 200 with a page of its own: what does not fit is no answer. */
function understand<S extends z.ZodType>(call: GithubCall, data: unknown, schema: S): z.infer<S> {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw nonsense('github', call.attempted);
  return parsed.data;
}

function valueAt(data: unknown, key: string): unknown {
  return typeof data === 'object' && data !== null
    ? (data as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function detailOf(data: unknown): string {
  const message = valueAt(data, 'message');
  const errors = valueAt(data, 'errors');
  const more = Array.isArray(errors) ? errors.map((one: unknown) => valueAt(one, 'message')) : [];
  return [message, ...more].filter((text) => typeof text === 'string').join('; ');
}

function flatten(
  headers: Readonly<Record<string, string | number | undefined>>,
): Record<string, string | undefined> {
  const flat = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    value?.toString(),
  ]);
  return Object.fromEntries(flat) as Record<string, string | undefined>;
}

function silent(): void {
  return undefined;
}

/** True for the answer that says: not now, because of the state of things. */
export function isKind(error: unknown, kind: IntegrationError['kind']): error is IntegrationError {
  return error instanceof IntegrationError && error.kind === kind;
}
