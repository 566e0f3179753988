import { IntegrationError, type IntegrationErrorKind } from './errors.ts';

export interface HttpRefusal {
  readonly system: string;
  /** What was tried, for a person: `POST /issue/SHOP-1/comment`. Never a header or a body. */
  readonly attempted: string;
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The vendor's own sentence, when there is one. */
  readonly detail?: string | undefined;
}

/** The one place where a status becomes a kind, and so decides whether Temporal tries again. */
export function httpFailure(refusal: HttpRefusal, now = Date.now()): IntegrationError {
  const { system, attempted, status, headers, detail } = refusal;
  const kind = kindOf(refusal);
  const said = detail === undefined || detail === '' ? '' : ` (${oneLine(detail)})`;
  const message = `${attempted} was answered with ${status}${said}`;
  const retryAfterMs = kind === 'RateLimited' ? retryAfter(headers, now) : undefined;
  return new IntegrationError(kind, system, message, { retryAfterMs });
}

function kindOf({ status, headers, detail = '' }: HttpRefusal): IntegrationErrorKind {
  if (status === 429) return 'RateLimited';
  // Jira asks to wait with 503 too; GitHub's secondary limits come as 403.
  if (status === 503 && headers['retry-after'] !== undefined) return 'RateLimited';
  if (status === 403 && isGithubLimit(headers, detail)) return 'RateLimited';
  if (status === 401 || status === 403 || status === 407) return 'NotAuthorized';
  if (status === 409 || status === 412) return 'StateConflict';
  if (status === 408 || status === 425 || status >= 500 || status < 200) {
    return 'IntegrationUnavailable';
  }
  return 'IntegrationRejected';
}

function isGithubLimit(headers: HttpRefusal['headers'], detail: string): boolean {
  return (
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit/i.test(detail)
  );
}

/**
 * RFC 9110 section 10.2.3: seconds or a date; else GitHub's `x-ratelimit-reset` (seconds since
 * 1970). Undefined when the other side did not say.
 */
export function retryAfter(headers: HttpRefusal['headers'], now = Date.now()): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value !== undefined && /^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const date = value === undefined ? NaN : Date.parse(value);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) {
    return Math.max(0, reset * 1_000 - now);
  }
  return undefined;
}

/**
 * No answer at all. The cause's own text stays out: it may quote a URL or a header.
 *
 * @param error - what the client threw; only its system code is kept (`ECONNREFUSED`)
 */
export function unreachable(system: string, attempted: string, error: unknown): IntegrationError {
  const code = codeOf(error);
  const why = isTimeout(error, code) ? 'was not answered in time' : 'failed: no connection';
  const message = `${attempted} ${why}${code === undefined ? '' : ` (${code})`}`;
  return new IntegrationError('IntegrationUnavailable', system, message);
}

/** An answer that is not what this endpoint answers: a proxy's page, a cut body. */
export function nonsense(system: string, attempted: string): IntegrationError {
  const message = `${attempted} was answered with something this adapter cannot read`;
  return new IntegrationError('IntegrationUnavailable', system, message);
}

function isTimeout(error: unknown, code: string | undefined): boolean {
  const name = error instanceof Error ? error.name : '';
  return name === 'TimeoutError' || /TIMEOUT|TIMEDOUT/.test(code ?? '');
}

function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** The first 300 characters, without line ends and control characters. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 300);
}
