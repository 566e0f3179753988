import { Worker, type NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import type { Activities } from '../activities/activities.ts';
import { beating } from './beating.ts';
import { TASK_QUEUES } from '../temporal/names.ts';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: Activities;
  readonly workflowBundle: WorkflowBundleOption;
}

export interface RunningWorker {
  /** Finishes what is short and lets go of the rest: Temporal gives it to another worker. */
  shutdown(): Promise<void>;
  /** Rejects when a worker fails for good. */
  readonly failed: Promise<never>;
}

/** Serves every queue from this process. A dead worker is noticed within seconds: its sticky queue is given up after one. */
export async function runWorker({
  connection,
  namespace,
  activities,
  workflowBundle,
}: WorkerOptions): Promise<RunningWorker> {
  const common = {
    connection,
    namespace,
    activities,
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '3s',
    shutdownForceTime: '8s',
  } as const;
  const interceptors = { activity: [beating] };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      interceptors,
      taskQueue: TASK_QUEUES.tickets,
      workflowBundle,
      maxCachedWorkflows: 200,
    }),
    Worker.create({
      ...common,
      interceptors,
      taskQueue: TASK_QUEUES.agents,
      maxConcurrentActivityTaskExecutions: 4,
    }),
    Worker.create({
      ...common,
      interceptors,
      taskQueue: TASK_QUEUES.verification,
      maxConcurrentActivityTaskExecutions: 200,
    }),
  ]);
  const runs = workers.map((worker) => worker.run());
  const failed = Promise.race(
    runs.map((run) => run.then(() => new Promise<never>(() => undefined))),
  );
  failed.catch(() => undefined);
  return {
    failed,
    async shutdown() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
    },
  };
}
