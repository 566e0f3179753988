import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { RetryPolicy } from '@temporalio/common';
import type { Activities } from '../activities/activities.ts';
import { nonRetryableFailures } from '../domain/failures.ts';
import { TASK_QUEUES } from '../domain/task-queues.ts';

const retry: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  nonRetryableErrorTypes: [...nonRetryableFailures],
};

/** Store only: short, and kept in the workflow's own task. */
export const store = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1d',
  localRetryThreshold: '5s',
  retry,
});

/** An idempotent read of another system: kept in the workflow's own task, which costs one event instead of six. A system that stays away is asked every five minutes. */
export const reads = proxyLocalActivities<Activities>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '1d',
  localRetryThreshold: '10s',
  retry: { ...retry, maximumInterval: '5m' },
});

/** One call to another system. A broken one is waited out; after a day a person is asked. */
export const outside = proxyActivities<Activities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '1d',
  heartbeatTimeout: '5s',
  retry,
});

/** Deploying, verifying: minutes, beating all the time, so that a killed worker is noticed. */
export const verification = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.verification,
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '1d',
  heartbeatTimeout: '5s',
  retry,
});

/** A coding agent. Failing for its own reasons is a result; only a lost worker is retried. */
export const agents = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.agents,
  startToCloseTimeout: '2h',
  scheduleToCloseTimeout: '1d',
  heartbeatTimeout: '5s',
  retry,
});

/** Watches for as long as a step or a soak lasts. */
export const watching = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.verification,
  startToCloseTimeout: '14d',
  scheduleToCloseTimeout: '30d',
  heartbeatTimeout: '5s',
  retry,
});

/** One look at every ticket: minutes when there are many. */
export const looking = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '5s',
  retry,
});
