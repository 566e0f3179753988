import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Release } from '../domain/release.ts';
import type { DeployPort, ServiceDescription } from '../integrations/deploy/port.ts';
import type { ForgePort, GitPort, PullRequest } from '../integrations/forge/port.ts';
import { openWorkshop, storyOf, type Workshop } from '../test/fixtures/activity-store.ts';
import { asActivity } from '../test/fixtures/as-activity.ts';
import { BASE, HEAD, sampleChange, sampleConfig, sampleRelease } from '../test/fixtures/packets.ts';
import { START } from '../test/fixtures/tickets.ts';
import { createRolloutActivities } from './rollout.ts';

let at: Workshop;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

const unexpected = async (): Promise<never> => Promise.reject(new Error('not to be called'));
const MERGE = 'd'.repeat(40);
const change = sampleChange();
const before = sampleRelease();
const after = sampleRelease({ commit: HEAD });

/** Says what the outside saw, in order. */
function outside(play: { state?: PullRequest['state']; main?: string; running?: Release } = {}) {
  const seen: string[] = [];
  const forge: ForgePort = {
    defaultBranch: async () => ({ branch: 'main', commit: play.main ?? BASE }),
    readPullRequest: async () => ({ state: play.state ?? 'open' }) as PullRequest,
    merge: async ({ number, headCommit }) => {
      seen.push(`merge #${number} at ${headCommit.slice(0, 4)}`);
      return { mergeCommit: MERGE };
    },
    openPullRequest: async ({ branch, base, title }) => {
      seen.push(`pull request ${branch} -> ${base}: ${title}`);
      return { number: 13, headCommit: 'revert' } as PullRequest;
    },
    listAuthors: unexpected,
    closePullRequest: unexpected,
    listReviews: unexpected,
    comment: unexpected,
  };
  const git: GitPort = {
    clone: async ({ ref }) => {
      seen.push(`clone ${ref.slice(0, 4)}`);
      return { commit: ref };
    },
    revertAndPush: async ({ mergeCommit, branch }) => {
      seen.push(`revert ${mergeCommit.slice(0, 4)} on ${branch}`);
      return { commit: 'revert' };
    },
    diff: unexpected,
    apply: unexpected,
    commitAndPush: unexpected,
  };
  const live = (candidate: ServiceDescription['candidate']): ServiceDescription => ({
    environment: 'production',
    service: 'checkout',
    url: 'http://checkout',
    stable: { version: 'v1', release: play.running ?? before },
    candidate,
  });
  const deploy: DeployPort = {
    describe: async () => live(null),
    deploy: async ({ release, environment }) => {
      seen.push(`deploy ${release.commit.slice(0, 4)} to ${environment}`);
      return live({ version: 'v2', release, weight: 0 });
    },
    setWeight: async ({ version, percent, expect: e }) => {
      seen.push(`${version} ${e.weight} -> ${percent} beside ${e.stable}`);
      return live(null);
    },
    promote: async ({ version }) => {
      seen.push(`promote ${version}`);
      return live(null);
    },
    restore: async ({ release }) => {
      seen.push(`restore ${release.commit.slice(0, 4)} with ${release.configHash}`);
      return live(null);
    },
  };
  const activities = createRolloutActivities({
    config: sampleConfig(),
    store: at.store,
    forge,
    git,
    deploy,
    workDirectory: at.folder,
  });
  return { activities, seen };
}

describe('mergeChange', () => {
  test('merges exactly the approved head, and is one line of the story however often it ran', async () => {
    const { activities, seen } = outside();
    const input = { key: 'ROLL-1', change };
    const merge = () => asActivity(() => activities.mergeChange(input));
    expect([await merge(), await merge()]).toEqual([
      { mergeCommit: MERGE },
      { mergeCommit: MERGE },
    ]);
    expect(seen[0]).toBe('merge #12 at cccc');
    expect(await storyOf(at.store, 'ROLL-1')).toEqual(['Pull request shop/checkout#12 merged']);
  });

  test('refuses when the default branch moved: what was verified is not what would run', async () => {
    const { activities, seen } = outside({ main: 'e'.repeat(40) });
    await expect(
      asActivity(() => activities.mergeChange({ key: 'ROLL-2', change })),
    ).rejects.toMatchObject({
      type: 'StateConflict',
      nonRetryable: true,
      message: expect.stringContaining('main of shop/checkout moved to eeeeeeee'),
    });
    expect(seen).toEqual([]);
  });

  test('finds its own merge again although it moved the default branch', async () => {
    const { activities } = outside({ state: 'merged', main: MERGE });
    expect(await asActivity(() => activities.mergeChange({ key: 'ROLL-3', change }))).toEqual({
      mergeCommit: MERGE,
    });
  });
});

describe('deployCandidate', () => {
  const deployed = (running?: Release) => {
    const { activities, seen } = outside(running && { running });
    const input = { key: 'ROLL-4', round: 1, before, after };
    return { seen, arms: asActivity(() => activities.deployCandidate(input)) };
  };

  test('starts the new release beside what the packet says runs', async () => {
    const { seen, arms } = deployed();
    expect(await arms).toEqual({ stable: 'v1', candidate: 'v2' });
    expect(seen).toEqual(['deploy cccc to production']);
    expect(await storyOf(at.store, 'ROLL-4')).toEqual([
      'checkout v2 deployed beside v1, without traffic yet',
    ]);
  });

  test.each([
    ['commit', { commit: 'f'.repeat(40) }],
    ['configHash', { configHash: 'config-2' }],
    ['flags', { flags: { freeShipping: true } }],
    ['secrets', { secrets: { PAYMENT_KEY: '4' } }],
    ['schemaPhase', { schemaPhase: 'expanded' }],
  ])('refuses when production runs another %s, and names it', async (field, other) => {
    const { seen, arms } = deployed(sampleRelease(other));
    await expect(arms).rejects.toMatchObject({
      type: 'StateConflict',
      message: expect.stringContaining(`: ${field} differ`),
    });
    expect(seen).toEqual([]);
  });
});

test('weights are set only against the traffic that is expected, then the candidate is promoted', async () => {
  const { activities, seen } = outside();
  const about = { key: 'ROLL-5', round: 1, service: 'checkout' };
  const arms = { stable: 'v1', candidate: 'v2' };
  await asActivity(() => activities.setWeight({ ...about, arms, from: 5, percent: 10 }));
  await asActivity(() => activities.promoteCandidate({ ...about, arms }));
  expect(seen).toEqual(['v2 5 -> 10 beside v1', 'promote v2']);
  expect(await storyOf(at.store, 'ROLL-5')).toEqual([
    'checkout v2 takes 10 % of the traffic',
    'checkout v2 promoted: it takes all traffic',
  ]);
});

describe('restoreRelease', () => {
  const input = { key: 'ROLL-6', round: 1, release: before, ours: after.commit };

  test('brings back the whole tuple that ran before', async () => {
    const { activities, seen } = outside({ running: after });
    expect(await asActivity(() => activities.restoreRelease(input))).toEqual({ superseded: false });
    expect(seen).toEqual(['restore bbbb with config-1']);
  });

  test('touches nothing where what ran before is back already', async () => {
    const { activities, seen } = outside({ running: before });
    expect(await asActivity(() => activities.restoreRelease(input))).toEqual({ superseded: false });
    expect(seen).toEqual([]);
  });

  test("leaves another ticket's release where it is", async () => {
    const { activities, seen } = outside({ running: { ...before, commit: 'f'.repeat(40) } });
    expect(await asActivity(() => activities.restoreRelease(input))).toEqual({ superseded: true });
    expect(seen).toEqual([]);
  });
});

test('a revert is cut from the merge itself and goes in through a pull request of its own', async () => {
  const { activities, seen } = outside({ main: 'e'.repeat(40) });
  const input = { key: 'ROLL-7', round: 1, change, mergeCommit: MERGE, at: START };
  await asActivity(() => activities.revertChange(input));
  expect(seen).toEqual([
    'clone dddd',
    'revert dddd on baton/ROLL-7/1-revert',
    'pull request baton/ROLL-7/1-revert -> main: Revert ROLL-7 round 1: it was rolled back in production',
    'merge #13 at reve',
  ]);
});
