import type { FailureType } from '../domain/failures.ts';

/** Why a call to another system failed, in the words that decide the retry. */
export type IntegrationErrorKind = Extract<
  FailureType,
  | 'IntegrationUnavailable'
  | 'RateLimited'
  | 'IntegrationRejected'
  | 'NotAuthorized'
  | 'StateConflict'
>;

/**
 * The one error adapters throw. Its message is for people, names the system and what was tried, and
 * never holds a secret, a header or a whole body.
 */
export class IntegrationError extends Error {
  readonly kind: IntegrationErrorKind;
  readonly system: string;
  /** From `Retry-After`; only with `RateLimited`. */
  readonly retryAfterMs: number | undefined;
  constructor(
    kind: IntegrationErrorKind,
    system: string,
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(`${system}: ${message}`, { cause: options.cause });
    this.name = 'IntegrationError';
    this.kind = kind;
    this.system = system;
    this.retryAfterMs = options.retryAfterMs;
  }
}
