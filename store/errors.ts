/**
 * The one error the store throws. `unavailable` says that the same call may succeed later (the
 * database is away, overloaded, or asked to try again); otherwise repeating it changes nothing. The
 * message is for people and holds no values of rows.
 */
export class StoreError extends Error {
  readonly unavailable: boolean;
  constructor(message: string, options: { unavailable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'StoreError';
    this.unavailable = options.unavailable;
  }
}

/** A page's `after` that no page has given out: the caller's mistake, not the store's. */
export class InvalidCursor extends Error {
  constructor() {
    super('`after` must be the `next` of an earlier page');
    this.name = 'InvalidCursor';
  }
}

/** Socket errors, and PostgreSQL's SQLSTATE classes (manual, appendix A) that pass with time. */
const PASSING = /^(E[A-Z_]{3,}|08...|53...|57P0[1-3]|57014|55P03|40001|40P01)$/;
const CONNECTION_LOST =
  /connection terminated|timeout exceeded when trying to connect|connection ended|client was closed|pglite is clos|pool after calling end|already been destroyed/i;
const NOT_MIGRATED = new Set(['42P01', '42703']);

/** Turns whatever a driver threw into a `StoreError`; `what` completes "the store could not …". */
export function storeError(what: string, error: unknown): Error {
  if (error instanceof StoreError || error instanceof InvalidCursor) return error;
  const code = codeOf(error);
  const message = reasonOf(error);
  const hint = NOT_MIGRATED.has(code) ? ': its tables are missing or old, run `baton migrate`' : '';
  return new StoreError(`The store could not ${what}: ${message}${hint}`, {
    unavailable: PASSING.test(code) || CONNECTION_LOST.test(message),
    cause: error,
  });
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Node's refused connection to a name with several addresses is an AggregateError with an empty message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  return message === '' ? 'unknown reason' : message;
}
