import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failures, type FailureType } from '../domain/failures.ts';
import { IntegrationError } from '../integrations/errors.ts';
import { StoreError } from '../store/errors.ts';

type Activity = (input: never) => Promise<unknown>;

/** A failure of the closed table; the only kind an activity lets out on purpose. */
export function fail(
  type: FailureType,
  message: string,
  retryAfterMs?: number,
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !failures[type].retryable,
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/**
 * The one place where errors of adapters and of the store become failures that a workflow can match
 * on. What is neither passes as it is: Temporal retries it, and its message is a bug's.
 */
export function withFailures<T extends Record<keyof T, Activity>>(activities: T): T {
  const wrapped = Object.entries<Activity>(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      try {
        return await activity(input);
      } catch (error) {
        throw converted(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function converted(error: unknown): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof IntegrationError) return fail(error.kind, error.message, error.retryAfterMs);
  if (error instanceof StoreError) {
    return fail(error.unavailable ? 'StoreUnavailable' : 'ContractBroken', error.message);
  }
  return error;
}
