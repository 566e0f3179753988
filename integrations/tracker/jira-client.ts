import JiraApi, { type JiraRequest } from 'jira-client';
import type { z } from 'zod';
import { parseJson, send, type HttpAnswer } from '../http.ts';
import { httpFailure, nonsense } from '../http-failure.ts';

export interface JiraConnection {
  /** Site, with a path where Jira stands below one: `https://shop.atlassian.net`. */
  readonly url: string;
  /** 3 for Cloud (documents), 2 for Data Center (texts). */
  readonly apiVersion: '2' | '3';
  /** With it Basic authentication (Cloud), without it Bearer (Data Center). */
  readonly email?: string | undefined;
  readonly token: string;
  readonly timeoutMs?: number;
}

/**
 * jira-client with its faults mended: its own `doRequest` turns every refusal into a text, status
 * and `Retry-After` lost. The requests themselves are made here, with a time limit.
 */
class JiraClient extends JiraApi {
  override doRequest(request: JiraRequest): Promise<unknown> {
    return this.request({ ...this.baseOptions, ...request });
  }

  /** For what the package does not know. Only texts of ours in `pathname` and `query`. */
  ask(
    method: 'GET' | 'POST',
    pathname: string,
    more: { query?: Readonly<Record<string, string | number>>; body?: unknown } = {},
  ): Promise<unknown> {
    const { query, body } = more;
    const uri = this.makeUri(query === undefined ? { pathname } : { pathname, query });
    return this.doRequest(
      this.makeRequestHeader(uri, body === undefined ? { method } : { method, body }),
    );
  }
}
export type { JiraClient };

/** A client for one operation: it is bound to that operation's signal. */
export function connectJira(
  connection: JiraConnection,
  signal: AbortSignal | undefined,
): JiraClient {
  const { protocol, hostname, port, pathname } = new URL(connection.url);
  const { email, token, apiVersion, timeoutMs = 15_000 } = connection;
  return new JiraClient({
    protocol: protocol.replace(':', ''),
    host: hostname,
    ...(port === '' ? {} : { port }),
    base: pathname.replace(/\/+$/, ''),
    apiVersion,
    ...(email === undefined ? { bearer: token } : { username: email, password: token }),
    request: (one) => request(one, timeoutMs, signal),
  });
}

/** An answer stripped to what the schema names. @throws IntegrationError when it does not fit */
export function understand<S extends z.ZodType>(
  attempted: string,
  answer: unknown,
  schema: S,
): z.infer<S> {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw nonsense('jira', attempted);
  return parsed.data;
}

async function request(
  one: JiraRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const attempted = `${one.method} ${new URL(one.uri).pathname}`;
  const answer = await send({
    system: 'jira',
    attempted,
    method: one.method,
    url: one.uri,
    headers: {
      accept: 'application/json',
      authorization: authorization(one),
      ...(one.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: one.body === undefined ? undefined : JSON.stringify(one.body),
    timeoutMs,
    signal,
  });
  if (answer.status >= 200 && answer.status < 300) return parseJson(answer, 'jira', attempted);
  const { status, headers } = answer;
  throw httpFailure({ system: 'jira', attempted, status, headers, detail: detailOf(answer) });
}

function authorization({ auth }: JiraRequest): string {
  if (auth?.bearer !== undefined) return `Bearer ${auth.bearer}`;
  return `Basic ${Buffer.from(`${auth?.user ?? ''}:${auth?.pass ?? ''}`).toString('base64')}`;
}

/** Jira's own sentences: `errorMessages` of a list, `errors` by field. */
function detailOf(answer: HttpAnswer): string {
  try {
    const body = JSON.parse(answer.body) as Readonly<Record<string, unknown>> | null;
    const messages = body?.['errorMessages'];
    const list = Array.isArray(messages) ? (messages as unknown[]) : [];
    const fields = body?.['errors'];
    const named: unknown[] =
      typeof fields === 'object' && fields !== null ? Object.values(fields) : [];
    return [...list, ...named].filter((text) => typeof text === 'string').join('; ');
  } catch {
    return '';
  }
}
