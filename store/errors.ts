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

/** By shape, not by class: an error may come from another realm (a VM context, as in tests). */
function codeOf(error: unknown): string {
  const { code, errors } = fieldsOf(error);
  if (Array.isArray(errors)) return codeOf(errors[0]);
  return typeof code === 'string' ? code : '';
}

/** Node's refused connection to a name with several addresses is an aggregate with an empty message. */
function reasonOf(error: unknown): string {
  const { message, errors } = fieldsOf(error);
  if (Array.isArray(errors)) return reasonOf(errors[0]);
  return typeof message === 'string' && message !== '' ? message : String(error);
}

function fieldsOf(error: unknown): { code?: unknown; message?: unknown; errors?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
