import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { packageRoot } from '../../worker/package-root.ts';
import { bundleWorkflows } from '../../worker/workflow-bundle.ts';

/** One folder a recorded ticket (`baton history KEY --out DIR`), one file a run of one of its workflows. */
const HISTORIES = join(packageRoot(), 'test', 'histories');
const logger = new DefaultLogger('ERROR', () => undefined);

interface History {
  readonly events: Record<string, unknown>[];
}

let code = '';
beforeAll(async () => {
  Runtime.install({ logger, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
  code = await bundleWorkflows(logger);
}, 60_000);

function read(folder: string, file: string): History {
  return JSON.parse(readFileSync(join(HISTORIES, folder, file), 'utf8')) as History;
}

/** Null when today's workflows decide as the recorded ones did. */
async function replay(history: History): Promise<string | null> {
  try {
    await Worker.runReplayHistory({ workflowBundle: { code } }, history);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe.each(readdirSync(HISTORIES))('%s', (folder) => {
  test.each(readdirSync(join(HISTORIES, folder)))('%s replays', async (file) => {
    expect(await replay(read(folder, file))).toBeNull();
  });
});

test('both scenarios are there, with every workflow that a ticket has', () => {
  const workflows = (folder: string): string[] =>
    readdirSync(join(HISTORIES, folder)).map((file) => file.replace(/\.\d+\.json$/, ''));
  for (const [folder, key] of [
    ['happy', 'SHOP-1'],
    ['canary-rollback', 'SHOP-2'],
  ] as const) {
    for (const part of ['', '__repo__shop__checkout__1', '__env__1', '__rollout__1']) {
      expect(workflows(folder)).toContain(`ticket__${key}${part}`);
    }
  }
});

test('a history of other decisions does not replay', async () => {
  const [file = ''] = readdirSync(join(HISTORIES, 'happy')).filter((f) => f.includes('rollout'));
  const history = read('happy', file);
  for (const event of history.events) {
    const scheduled = event['activityTaskScheduledEventAttributes'] as
      { activityType: { name: string } } | undefined;
    if (scheduled?.activityType.name === 'deployCandidate')
      scheduled.activityType.name = 'restoreRelease';
  }
  expect(await replay(history)).toMatch(/nondeterminism|Nondeterminism|non-determinis/i);
});
