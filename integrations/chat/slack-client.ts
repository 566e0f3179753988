import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api';
import { IntegrationError, type IntegrationErrorKind } from '../errors.ts';
import { withTimeout } from '../http.ts';
import { httpFailure, nonsense, unreachable } from '../http-failure.ts';

export interface SlackConnection {
  /** `https://slack.com/api/`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly timeoutMs?: number;
}

/** A client for one operation (it is bound to that operation's signal), without retries of its own. */
export function connectSlack(
  { apiUrl, token, timeoutMs = 10_000 }: SlackConnection,
  signal: AbortSignal | undefined,
): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logLevel: LogLevel.ERROR,
    logger: silentLogger,
    fetch: async (url, init = {}) => {
      const answer = await fetch(url, { ...init, signal: withTimeout(timeoutMs, signal) });
      // The client knows `Retry-After` in whole seconds only, and loses a 429 without it.
      if (answer.status === 429) throw tooMany(answer.headers);
      return answer;
    },
  });
}

/** One call, its failure named. */
export async function callSlack<T>(
  attempted: string,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await call();
  } catch (error) {
    signal?.throwIfAborted();
    throw nameFailure(attempted, error);
  }
}

function tooMany(headers: Headers): IntegrationError {
  const named = Object.fromEntries(headers.entries());
  return httpFailure({ system: 'slack', attempted: 'a call', status: 429, headers: named });
}

function nameFailure(attempted: string, error: unknown): IntegrationError {
  if (error instanceof IntegrationError) return error;
  if (error instanceof WebAPIPlatformError) {
    const said: unknown = error.data.error;
    // A page that is no JSON comes here as a whole.
    if (typeof said !== 'string' || !/^[a-z0-9_]{1,100}$/.test(said))
      return nonsense('slack', attempted);
    return new IntegrationError(kindOf(said), 'slack', `${attempted} was refused (${said})`);
  }
  if (error instanceof WebAPIHTTPError) {
    const { statusCode: status, headers } = error;
    return httpFailure({ system: 'slack', attempted, status, headers });
  }
  if (!(error instanceof WebAPIRequestError)) return nonsense('slack', attempted);
  const { original } = error;
  return original instanceof IntegrationError
    ? original
    : unreachable('slack', attempted, original);
}

const UNAVAILABLE = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);
const NOT_AUTHORIZED = new Set([
  'access_denied',
  'account_inactive',
  'ekm_access_denied',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'org_login_required',
  'token_expired',
  'token_revoked',
  'two_factor_setup_required',
]);

/** Slack answers 200 and says in `error` what was wrong (its page on each method lists them). */
function kindOf(said: string): IntegrationErrorKind {
  if (said === 'ratelimited' || said === 'rate_limited') return 'RateLimited';
  if (UNAVAILABLE.has(said)) return 'IntegrationUnavailable';
  return NOT_AUTHORIZED.has(said) ? 'NotAuthorized' : 'IntegrationRejected';
}

/** What the client would log is in the error that is thrown. */
const silentLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};
