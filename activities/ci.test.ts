import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CiReading } from '../integrations/ci/port.ts';
import { openWorkshop, storyOf, type Workshop } from '../test/fixtures/activity-store.ts';
import { sampleChange } from '../test/fixtures/packets.ts';
import { createCiActivities } from './ci.ts';

let at: Workshop;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

const ended = (state: 'passed' | 'failed'): CiReading => ({
  state,
  checks: [
    { name: 'lint', state: 'passed', url: null, summary: 'fine' },
    { name: 'test', state, url: null, summary: '3 tests <b>failed</b>' },
  ],
});

/** A CI that says this about each repository, and only about the asked commit. */
const ciOf = (readings: Record<string, CiReading>) => ({
  readChecks: async ({ repository, commit }: { repository: string; commit: string }) =>
    commit === 'head' ? (readings[repository] ?? none) : none,
});
const none: CiReading = { state: 'none', checks: [] };
const pending: CiReading = {
  state: 'pending',
  checks: [{ name: 'test', state: 'pending', url: null, summary: '' }],
};

const read = (key: string, readings: Record<string, CiReading>) =>
  createCiActivities({ ci: ciOf(readings), store: at.store }).readCi({
    key,
    changes: Object.keys(readings).map((repository) =>
      sampleChange({ repository, headCommit: 'head' }),
    ),
  });

test.each([
  ['was not started', none],
  ['has not ended', pending],
])('CI that %s is pending and no evidence', async (_what, reading) => {
  expect(await read('CI-1', { 'shop/checkout': reading })).toEqual({
    evidence: [],
    pending: ['CI of shop/checkout'],
  });
  expect(await storyOf(at.store, 'CI-1')).toEqual([]);
});

test('CI that passed is evidence with the log of every check', async () => {
  const { evidence, pending: waiting } = await read('CI-2', { 'shop/checkout': ended('passed') });
  expect(waiting).toEqual([]);
  expect(evidence).toMatchObject([
    { id: 'ci/shop/checkout', result: 'passed', sentence: 'lint passed, test passed' },
  ]);
});

test('CI that failed is failed evidence, and its log can be read', async () => {
  const { evidence } = await read('CI-3', { 'shop/checkout': ended('failed') });
  expect(evidence[0]).toMatchObject({ result: 'failed', sentence: 'lint passed, test failed' });
  const log = await at.store.readArtifact(evidence[0]?.artifact ?? '');
  expect(Buffer.from(log ?? []).toString()).toBe(
    'lint: passed\nfine\n\ntest: failed\n3 tests <b>failed</b>',
  );
});

test('one repository that passed does not stand for another that has not ended', async () => {
  const readings = { 'shop/checkout': ended('passed'), 'shop/pricing': pending };
  const { evidence, pending: waiting } = await read('CI-4', readings);
  expect(evidence.map((e) => e.id)).toEqual(['ci/shop/checkout']);
  expect(waiting).toEqual(['CI of shop/pricing']);
});

test('CI that failed and passes when run again is told both times, each once', async () => {
  const repository = 'shop/checkout';
  for (const state of ['failed', 'failed', 'passed', 'passed'] as const)
    await read('CI-5', { [repository]: ended(state) });
  expect(await storyOf(at.store, 'CI-5')).toEqual([
    'CI of shop/checkout failed: lint passed, test failed',
    'CI of shop/checkout passed: lint passed, test passed',
  ]);
});
