/**
 * The closed table of failures a workflow can see, and whether Temporal tries again. An outcome the
 * business knows (rejected, rolled back) is a return value and never stands here.
 */
export const failures = {
  /** The other side could not be reached, or answered 5xx or nonsense. */
  IntegrationUnavailable: { retryable: true },
  /** The other side asked us to wait; carries `nextRetryDelay` from `Retry-After`. */
  RateLimited: { retryable: true },
  /** The other side understood and refused: 4xx, a conflict, an object that is not there. */
  IntegrationRejected: { retryable: false },
  /** The credential is missing, wrong or too weak. */
  NotAuthorized: { retryable: false },
  /** What is there is not what we recorded: somebody else changed it. */
  StateConflict: { retryable: false },
  /** The store cannot be reached. */
  StoreUnavailable: { retryable: true },
  /** What a stage produced does not fit the next stage's contract. */
  ContractBroken: { retryable: false },
  /** A configuration that cannot work. */
  Misconfigured: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type FailureType = keyof typeof failures;

/** For a `proxyActivities` retry policy. */
export const nonRetryableFailures: readonly FailureType[] = (
  Object.keys(failures) as FailureType[]
).filter((type) => !failures[type].retryable);
