import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUES } from '../../domain/task-queues.ts';
import { openStage, type Stage } from './stage.ts';
import { createWorld, hung, seen, evidence, untilCancelled, type World } from './world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close());

const packet = { version: 1, hash: `sha256:${'a'.repeat(64)}` };
const repository = {
  key: 'SHOP-1',
  title: 'Free shipping',
  repository: 'shop/checkout',
  service: 'checkout',
  round: 1,
  packet,
  at: 0,
};
const environment = { key: 'SHOP-404', round: 1, changes: [], ttlMs: 30_000 };

async function start(workflow: string, args: unknown[]) {
  return stage.client.workflow.start(workflow, {
    workflowId: randomUUID(),
    taskQueue: TASK_QUEUES.tickets,
    args,
  });
}

async function run<T>(
  world: World,
  workflow: string,
  args: unknown[],
  drive: (handle: Awaited<ReturnType<typeof start>>) => Promise<unknown> = async () => undefined,
): Promise<T> {
  return stage.play(world, async () => {
    const handle = await start(workflow, args);
    await drive(handle);
    return handle.result() as Promise<T>;
  });
}

test('changeRepository: proposes, proves, pushes, opens a pull request', async () => {
  const world = createWorld();
  expect(await run(world, 'changeRepository', [repository])).toMatchObject({
    outcome: 'changed',
    change: {
      branch: 'baton/SHOP-1/1',
      headCommit: 'head1',
      pullRequest: { number: 7 },
      evidence: [{ result: 'passed' }],
    },
  });
  expect(world.seen).toEqual(['push 1', 'pull request']);
});

test.each([
  [
    'an agent that gave up',
    {
      runAgent: async () => ({
        baseCommit: 'b',
        patch: null,
        files: [],
        insertions: 0,
        deletions: 0,
        outcome: 'failed' as const,
        sentence: 'gave up',
      }),
    },
    'the agent did not finish in shop/checkout: gave up',
  ],
  [
    'tests that prove nothing',
    {
      proveTests: async () => ({
        ...evidence('red-green', 'failed'),
        sentence: 'the new tests pass without the change: they prove nothing',
      }),
    },
    'shop/checkout: the new tests pass without the change: they prove nothing',
  ],
  [
    'a change without tests',
    {
      proveTests: async () => ({
        ...evidence('red-green', 'not-run'),
        sentence: 'the change has no tests',
      }),
    },
    'shop/checkout: the change has no tests',
  ],
])('changeRepository: %s pushes nothing', async (_what, overrides, because) => {
  const world = createWorld(() => overrides);
  expect(await run(world, 'changeRepository', [repository])).toMatchObject({
    outcome: 'failed',
    because,
  });
  expect(world.seen).toEqual([]);
});

test('changeRepository: cancelled while the agent works, it ends and has written nothing', async () => {
  const world = createWorld((seen) => ({
    runAgent: async () => {
      seen.push('agent began');
      return untilCancelled();
    },
  }));
  await expect(
    run(world, 'changeRepository', [repository], async (handle) => {
      await seen(world, 'agent began');
      await handle.cancel();
    }),
  ).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(world.seen).toEqual(['agent began']);
});

test('keepEnvironment: taken down when it is told to, at its time, and when it is cancelled', async () => {
  const told = createWorld();
  expect(
    await run(told, 'keepEnvironment', [environment], (handle) => handle.signal('endEnvironment')),
  ).toBe('ended');
  const late = createWorld();
  expect(await run(late, 'keepEnvironment', [{ ...environment, ttlMs: 100 }])).toBe('expired');
  const cancelled = createWorld();
  await run(cancelled, 'keepEnvironment', [environment], async (handle) => {
    await seen(cancelled, 'environment created');
    await handle.cancel();
  }).catch(() => undefined);
  for (const world of [told, late, cancelled])
    expect(world.seen).toEqual(['environment created', 'environment destroyed']);
});

test('keepEnvironment: one that does not start is taken down as well, in case half of it did', async () => {
  const world = createWorld(() => ({
    createEnvironment: async () => {
      throw ApplicationFailure.nonRetryable('no quota', 'IntegrationRejected');
    },
  }));
  expect(await run(world, 'keepEnvironment', [environment])).toBe('failed');
  expect(world.seen).toEqual(['environment destroyed']);
});

test('keepEnvironment: outlives a ticket that is terminated, and still tears down', async () => {
  const world = createWorld(() => ({ runSuite: untilCancelled }));
  await stage.play(world, async () => {
    const handle = await stage.client.workflow.start('deliverTicket', {
      workflowId: `ticket/SHOP-777`,
      taskQueue: TASK_QUEUES.tickets,
      args: [{ key: 'SHOP-777', startedBy: 'jira' }],
    });
    for (const gate of ['spec', 'review'] as const) {
      for (;;) {
        const approved = await stage.client.workflow
          .getHandle('ticket/SHOP-777')
          .executeUpdate('decide', {
            args: [{ kind: 'approve', gate, id: randomUUID(), by: 'reviewer', channel: 'cli' }],
          })
          .then(
            () => true,
            () => false,
          );
        if (approved) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await seen(world, 'environment created');
    await stage.client.workflow.getHandle('ticket/SHOP-777').terminate();
    await handle.result().catch(() => undefined);
    const child = stage.client.workflow.getHandle('ticket/SHOP-777/env/1');
    expect((await child.describe()).status.name).toBe('RUNNING');
    await child.signal('endEnvironment');
    expect(await child.result()).toBe('ended');
  });
  expect(world.seen).toContain('environment destroyed');
});

test('reconcile: looks once; cancelled or failing it changes nothing', async () => {
  const world = createWorld();
  expect(await run(world, 'reconcile', [])).toEqual({ started: 0, looked: 0 });
  const refusing = createWorld(() => ({
    reconcileTickets: async () => {
      throw ApplicationFailure.nonRetryable('no token', 'NotAuthorized');
    },
  }));
  await expect(run(refusing, 'reconcile', [])).rejects.toThrow();
  const hanging = createWorld(() => ({ reconcileTickets: hung }));
  await expect(run(hanging, 'reconcile', [], (handle) => handle.cancel())).rejects.toThrow();
});

test('changeRepository: an agent whose worker died is noticed by its missing heartbeat, and another takes over', async () => {
  let attempts = 0;
  const world = createWorld((outside) => ({
    runAgent: async (input) => {
      attempts += 1;
      outside.push(`agent ${attempts}`);
      if (attempts === 1) return hung();
      return createWorld().activities.runAgent(input);
    },
  }));
  expect(await run(world, 'changeRepository', [repository])).toMatchObject({ outcome: 'changed' });
  expect(world.seen).toEqual(['agent 1', 'agent 2', 'push 1', 'pull request']);
});

test('reconcile: one look that hangs ends with its run, and the next one looks again', async () => {
  let looks = 0;
  const world = createWorld(() => ({
    reconcileTickets: async () => {
      looks += 1;
      if (looks === 1) return hung();
      return { started: 1, looked: 2 };
    },
  }));
  await stage.play(world, async () => {
    const options = { taskQueue: TASK_QUEUES.tickets, args: [] };
    const hanging = await stage.client.workflow.start('reconcile', {
      ...options,
      workflowId: randomUUID(),
      workflowRunTimeout: '1s',
    });
    await expect(hanging.result()).rejects.toMatchObject({ cause: { name: 'TimeoutFailure' } });
    const next = await stage.client.workflow.start('reconcile', {
      ...options,
      workflowId: randomUUID(),
    });
    expect(await next.result()).toEqual({ started: 1, looked: 2 });
  });
});
