import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/common';

/** The innermost failure's own sentence: what a person needs to know, without the layers around it. */
export function reasonOf(error: unknown): string {
  if (
    (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) &&
    error.cause !== undefined
  ) {
    return error instanceof ActivityFailure
      ? `${error.activityType}: ${reasonOf(error.cause)}`
      : reasonOf(error.cause);
  }
  if (error instanceof ApplicationFailure)
    return error.type == null || error.type === 'Error'
      ? error.message
      : `${error.message} (${error.type})`;
  if (error instanceof TimeoutFailure) return `no answer in time (${error.timeoutType})`;
  return error instanceof Error ? error.message : String(error);
}
