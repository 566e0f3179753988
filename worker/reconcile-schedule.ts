import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
} from '@temporalio/client';
import { TASK_QUEUES } from '../temporal/names.ts';

const SCHEDULE = 'reconcile';

/** Makes sure that `reconcile` runs as often as the policy says, one at a time. Idempotent. */
export async function scheduleReconcile(client: Client, everyMs: number): Promise<void> {
  const spec = { intervals: [{ every: everyMs }] };
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' as const };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'reconcile',
    workflowId: 'reconcile',
    taskQueue: TASK_QUEUES.tickets,
    args: [],
    workflowRunTimeout: '10m' as const,
  };
  try {
    await client.schedule.create({ scheduleId: SCHEDULE, spec, policies, action });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await changeSchedule(client, spec, action);
  }
}

async function changeSchedule(
  client: Client,
  spec: { intervals: { every: number }[] },
  action: Parameters<Client['schedule']['create']>[0]['action'],
): Promise<void> {
  try {
    await client.schedule.getHandle(SCHEDULE).update((previous) => ({ ...previous, spec, action }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
