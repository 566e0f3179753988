import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
} from '@temporalio/client';
import { expect, test } from '@jest/globals';
import { scheduleReconcile } from './reconcile-schedule.ts';

type Schedules = Map<string, Record<string, unknown>>;

/** The part of Temporal that keeps schedules; `racing` loses the one that was just found. */
function clientOf(schedules: Schedules, racing = false): Client {
  const create = async ({ scheduleId, ...rest }: { scheduleId: string }): Promise<void> => {
    if (schedules.has(scheduleId)) throw new ScheduleAlreadyRunning('there is one', scheduleId);
    schedules.set(scheduleId, rest);
  };
  const getHandle = (id: string) => ({
    update: async (change: (before: object) => Record<string, unknown>): Promise<void> => {
      const before = schedules.get(id);
      if (before === undefined || racing) throw new ScheduleNotFoundError('it is gone', id);
      schedules.set(id, change(before));
    },
  });
  return { schedule: { create, getHandle } } as unknown as Client;
}

test('reconcile runs as often as the policy says, one at a time', async () => {
  const schedules: Schedules = new Map();
  await scheduleReconcile(clientOf(schedules), 60_000);
  expect([...schedules]).toMatchObject([
    [
      'reconcile',
      {
        spec: { intervals: [{ every: 60_000 }] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP },
        action: { workflowType: 'reconcile', taskQueue: 'tickets' },
      },
    ],
  ]);
});

test('started again with another policy, the one schedule is changed; what else it holds stays', async () => {
  const schedules: Schedules = new Map();
  await scheduleReconcile(clientOf(schedules), 60_000);
  schedules.set('reconcile', { ...schedules.get('reconcile'), state: { paused: true } });
  await scheduleReconcile(clientOf(schedules), 5_000);
  expect([...schedules.values()]).toMatchObject([
    { spec: { intervals: [{ every: 5_000 }] }, state: { paused: true } },
  ]);
});

test('a schedule that goes away in between stops no start; another failure does', async () => {
  const schedules: Schedules = new Map([['reconcile', {}]]);
  await expect(scheduleReconcile(clientOf(schedules, true), 1)).resolves.toBeUndefined();
  const broken = { schedule: { create: async () => Promise.reject(new Error('no server')) } };
  await expect(scheduleReconcile(broken as unknown as Client, 1)).rejects.toThrow('no server');
});
