import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUES } from '../../domain/task-queues.ts';
import type { Delivered, RollOutInput, RollOutResult } from '../../workflows/messages.ts';
import type { SoakResult } from '../../workflows/soak.ts';
import { openStage, type Stage } from './stage.ts';
import { createWorld, hung, seen, quickPolicy, untilCancelled, type World } from './world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close());

const release = (commit: string) => ({
  service: 'checkout',
  repository: 'shop/checkout',
  commit,
  configHash: 'c',
  flags: {},
  secrets: {},
  schemaPhase: 'none',
});
const change = {
  repository: 'shop/checkout',
  service: 'checkout',
  branch: 'b',
  baseCommit: 'base',
  headCommit: 'head',
  pullRequest: { number: 7, url: 'u' },
};
const input: RollOutInput = {
  key: 'SHOP-1',
  round: 1,
  changes: [change],
  before: [release('old')],
  after: [release('head')],
  policy: quickPolicy,
};
const delivered: Delivered[] = [
  { change, before: release('old'), version: 'v2', mergeCommit: 'merge' },
];
const UNDONE = ['restore old', 'restored state verified', 'revert'];

async function start(workflow: 'rollOut' | 'soak', args: unknown) {
  return stage.client.workflow.start(workflow, {
    workflowId: randomUUID(),
    taskQueue: TASK_QUEUES.tickets,
    args: [args],
  });
}

async function rollOut(
  world: World,
  drive: (handle: Awaited<ReturnType<typeof start>>) => Promise<unknown> = async () => undefined,
): Promise<RollOutResult> {
  return stage.play(world, async () => {
    const handle = await start('rollOut', input);
    await drive(handle);
    return handle.result() as Promise<RollOutResult>;
  });
}

test('climbs its weights and promotes', async () => {
  const world = createWorld();
  const { record, delivered: out } = await rollOut(world);
  expect(record).toMatchObject({ verdict: 'promoted', steps: 2, restored: [] });
  expect(out).toMatchObject([{ mergeCommit: 'merge', before: { commit: 'old' } }]);
  expect(world.seen).toEqual(['merge', 'deploy', 'weight 10', 'weight 50', 'promote']);
});

test('a bad verdict returns the traffic, verifies what was restored and reverts the merge', async () => {
  const world = createWorld(() => ({
    watchStep: async () => ({ verdict: 'rollback', sentence: 'errors 20 %', ticks: 3 }),
  }));
  const { record, delivered: out } = await rollOut(world);
  expect(record).toMatchObject({
    verdict: 'rolled-back',
    sentence: 'errors 20 %',
    steps: 1,
    ticks: 3,
    restored: [{ id: 'restored', result: 'passed' }],
  });
  expect(out).toEqual([]);
  expect(world.seen).toEqual(['merge', 'deploy', 'weight 10', ...UNDONE]);
});

test('an inconclusive canary is promoted by nobody: at its deadline it is rolled back', async () => {
  const world = createWorld(() => ({
    watchStep: async () => ({ verdict: 'inconclusive', sentence: 'no readings', ticks: 5 }),
  }));
  const { record } = await rollOut(world);
  expect(record).toMatchObject({
    verdict: 'rolled-back',
    sentence: 'inconclusive and nobody decided in time: no readings',
  });
  expect(world.seen).not.toContain('promote');
});

test.each([
  ['rollback', 'rolled-back', ['merge', 'deploy', 'weight 10', ...UNDONE]],
  ['promote', 'promoted', ['merge', 'deploy', 'weight 10', 'promote']],
] as const)('a person who says %s ends the watch at once', async (order, verdict, outside) => {
  const world = createWorld(() => ({ watchStep: untilCancelled }));
  const { record } = await rollOut(world, async (handle) => {
    await seen(world, 'weight 10');
    await handle.signal('steer', order);
  });
  expect(record.verdict).toBe(verdict);
  expect(world.seen).toEqual(outside);
});

test('held it takes no further step until it is resumed', async () => {
  let deployed = (): void => undefined;
  const deploying = new Promise<void>((resolve) => {
    deployed = resolve;
  });
  const world = createWorld((outside) => ({
    deployCandidate: async () => {
      outside.push('deploy');
      await deploying;
      return { stable: 'v1', candidate: 'v2' };
    },
  }));
  await rollOut(world, async (handle) => {
    await seen(world, 'deploy');
    await handle.signal('steer', 'hold');
    deployed();
    await new Promise((resolve) => setTimeout(resolve, 500)); // long enough for a weight to be set, were it not held
    expect(world.seen).toEqual(['merge', 'deploy']);
    await handle.signal('steer', 'resume');
  });
  expect(world.seen.at(-1)).toBe('promote');
});

test('cancelled while watching: everything is undone before it ends', async () => {
  const world = createWorld(() => ({ watchStep: untilCancelled }));
  await expect(
    rollOut(world, async (handle) => {
      await seen(world, 'weight 10');
      await handle.cancel();
    }),
  ).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(world.seen).toEqual(['merge', 'deploy', 'weight 10', ...UNDONE]);
});

test('a deployment that fails for good is undone and its sentence kept', async () => {
  const world = createWorld(() => ({
    deployCandidate: async () => {
      throw ApplicationFailure.nonRetryable('production runs something else', 'StateConflict');
    },
  }));
  const { record } = await rollOut(world);
  expect(record).toMatchObject({
    verdict: 'rolled-back',
    sentence: 'deployCandidate: production runs something else (StateConflict)',
  });
  expect(world.seen).toEqual(['merge', ...UNDONE]);
});

test('one undo that fails does not stop the next, and is evidence that says so', async () => {
  const world = createWorld(() => ({
    watchStep: async () => ({ verdict: 'rollback', sentence: 'errors', ticks: 1 }),
    restoreRelease: async () => {
      throw ApplicationFailure.nonRetryable('the cluster refuses', 'IntegrationRejected');
    },
  }));
  const { record } = await rollOut(world);
  expect(record.restored).toMatchObject([
    {
      result: 'failed',
      sentence: 'could not be done: restoreRelease: the cluster refuses (IntegrationRejected)',
    },
  ]);
  expect(world.seen.at(-1)).toBe('revert');
});

async function soak(
  world: World,
  drive: (handle: Awaited<ReturnType<typeof start>>) => Promise<unknown> = async () => undefined,
): Promise<SoakResult> {
  return stage.play(world, async () => {
    const handle = await start('soak', { key: 'SHOP-1', round: 1, delivered, policy: quickPolicy });
    await drive(handle);
    return handle.result() as Promise<SoakResult>;
  });
}

test('a clean soak is evidence, and touches nothing', async () => {
  const world = createWorld();
  expect(await soak(world)).toMatchObject({
    clean: true,
    evidence: [{ id: 'soak/checkout', result: 'passed' }],
    restored: [],
  });
  expect(world.seen).toEqual([]);
});

test.each([
  ['rollback', 'failed'],
  ['inconclusive', 'inconclusive'],
] as const)('a soak that ends %s is not clean and is rolled back', async (verdict, result) => {
  const world = createWorld(() => ({
    watchStep: async () => ({ verdict, sentence: 'errors', ticks: 2 }),
  }));
  expect(await soak(world)).toMatchObject({
    clean: false,
    evidence: [{ result }],
    restored: [{ result: 'passed' }],
  });
  expect(world.seen).toEqual(UNDONE);
});

test('a person rolls a soak back; a cancelled one is rolled back too', async () => {
  const ordered = createWorld(() => ({ watchStep: untilCancelled }));
  expect(await soak(ordered, (handle) => handle.signal('steer', 'rollback'))).toMatchObject({
    clean: false,
    sentence: 'rolled back by a person',
  });
  expect(ordered.seen).toEqual(UNDONE);
  const cancelled = createWorld(() => ({ watchStep: untilCancelled }));
  await expect(soak(cancelled, (handle) => handle.cancel())).rejects.toThrow();
  expect(cancelled.seen).toEqual(UNDONE);
});

test('a soak whose watching worker died goes on at another one', async () => {
  let watches = 0;
  const world = createWorld((outside) => ({
    watchStep: async (input) => {
      watches += 1;
      outside.push(`watch ${watches}`);
      if (watches === 1) return hung();
      return createWorld().activities.watchStep(input);
    },
  }));
  expect(await soak(world)).toMatchObject({ clean: true });
  expect(world.seen).toEqual(['watch 1', 'watch 2']);
});
