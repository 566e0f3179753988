import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  approveAll,
  decide,
  newKey,
  openStage,
  row,
  startTicket,
  until,
  type Stage,
} from './stage.ts';
import { createWorld } from './world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close());

test('a ticket travels from its spec to stable, and the outside sees each thing once, in order', async () => {
  const world = createWorld();
  const key = newKey();
  const ended = await stage.play(world, async () => {
    await startTicket(stage.client, key);
    return approveAll(stage.client, key);
  });
  expect(ended.outcome).toBe('stable');
  expect(world.seen.filter((s) => !s.startsWith('move'))).toEqual([
    'message started',
    'comment started',
    'message gate spec',
    'edit gate-closed: spec approved by reviewer',
    'push 1',
    'pull request',
    'message gate review',
    'edit gate-closed: review approved by reviewer',
    'environment created',
    'environment destroyed',
    'message gate release',
    'edit gate-closed: release approved by reviewer',
    'comment released',
    'merge',
    'deploy',
    'weight 10',
    'weight 50',
    'promote',
    'comment done',
    'message done',
  ]);
}, 60_000);
