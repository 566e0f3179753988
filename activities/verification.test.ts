import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packet as packetSchema, type Criterion, type PacketRef } from '../domain/packet.schema.ts';
import type { Release } from '../domain/release.ts';
import type {
  DeployPort,
  EnvironmentPort,
  ServiceDescription,
} from '../integrations/deploy/port.ts';
import type { GitPort } from '../integrations/forge/port.ts';
import type { UntrustedCommand, UntrustedResult } from '../integrations/process/port.ts';
import { openWorkshop, storyOf, type Workshop } from '../test/fixtures/activity-store.ts';
import { asActivity } from '../test/fixtures/as-activity.ts';
import {
  BASE,
  criterion,
  HEAD,
  sampleChange,
  sampleConfig,
  samplePacket,
  sampleRelease,
} from '../test/fixtures/packets.ts';
import { seal } from './packets.ts';
import { createVerificationActivities, type EnvironmentReady } from './verification.ts';

let at: Workshop;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

const unexpected = async (): Promise<never> => Promise.reject(new Error('not to be called'));
const before = sampleRelease();
const after = sampleRelease({ commit: HEAD });
const ready: EnvironmentReady = {
  environment: 'shop-1-1',
  services: [
    { service: 'checkout', url: 'http://checkout.shop-1-1' },
    { service: 'pricing', url: 'http://pricing.shop-1-1' },
  ],
  before: [before],
  after: [after],
};

interface Play {
  /** Files of each repository. */
  readonly files?: Record<string, readonly string[]>;
  readonly run?: (command: UntrustedCommand) => Partial<UntrustedResult>;
  /** What runs after a restore, instead of what was asked for. */
  readonly live?: Partial<Release>;
  readonly beside?: string;
}

/** Verification against a cluster that does as it is told, unless the play says otherwise. */
function outside({ files = {}, run = () => ({}), live = {}, beside }: Play = {}) {
  const seen: string[] = [];
  const clones: { ref: string; directory: string }[] = [];
  const git: GitPort = {
    clone: async ({ repository, ref, directory }) => {
      clones.push({ ref, directory });
      for (const file of files[repository] ?? []) {
        mkdirSync(dirname(join(directory, file)), { recursive: true });
        writeFileSync(join(directory, file), '');
      }
      return { commit: ref };
    },
    diff: unexpected,
    apply: unexpected,
    commitAndPush: unexpected,
    revertAndPush: unexpected,
  };
  const running = (release: Release, environment: string): ServiceDescription => ({
    environment,
    service: release.service,
    url: `http://${release.service}.${environment}`,
    stable: { version: 'v1', release: { ...release, ...live } },
    candidate: beside === undefined ? null : { version: beside, release: after, weight: 5 },
  });
  const deploy: DeployPort = {
    describe: async ({ environment, service }) =>
      running(sampleRelease({ service, repository: `shop/${service}` }), environment),
    restore: async ({ environment, release }) => {
      seen.push(`restore ${release.commit.slice(0, 4)} in ${environment}`);
      return running(release, environment);
    },
    deploy: unexpected,
    setWeight: unexpected,
    promote: unexpected,
  };
  const environments: EnvironmentPort = {
    create: async ({ environment, owner, releases }) => {
      seen.push(
        `create ${environment} for ${owner}: ${releases.map((r) => r.commit.slice(0, 4)).join()}`,
      );
      return [...releases, sampleRelease({ service: 'mail' })].map((r) => running(r, environment));
    },
    destroy: async ({ environment }) => {
      seen.push(`destroy ${environment}`);
    },
    list: unexpected,
  };
  const activities = createVerificationActivities({
    config: sampleConfig(),
    store: at.store,
    git,
    deploy,
    environments,
    runUntrusted: async (command) => {
      const url = command.environment['BASE_URL'];
      seen.push([...command.command, ...(url === undefined ? [] : [`at ${url}`])].join(' '));
      return { exitCode: 0, ending: 'exited', output: 'seen', durationMs: 5, ...run(command) };
    },
    workDirectory: join(at.folder, 'work'),
  });
  return { activities, seen, clones };
}

let count = 0;
async function packetWith(criteria: Criterion[]): Promise<PacketRef> {
  count += 1;
  const ticket = { key: `VERIFY-${count}`, title: 't', url: 'u' };
  const result = await seal(at.store, samplePacket({ ticket, criteria }), packetSchema);
  if (!result.sealed) throw new Error(result.faults.join());
  return result.packet;
}

test('an environment starts as production is, and knows what is to run in it', async () => {
  const { activities, seen } = outside();
  const input = { key: 'SHOP-1', round: 2, changes: [sampleChange()] };
  const found = await asActivity(() => activities.createEnvironment(input));
  expect(seen).toEqual(['create shop-1-2 for ticket/SHOP-1: bbbb']);
  expect(found).toMatchObject({ environment: 'shop-1-2', before: [before], after: [after] });
  expect(found.services.map((s) => s.service)).toEqual(['checkout', 'mail']);
  await asActivity(() => activities.destroyEnvironment({ key: 'SHOP-1', environment: 'shop-1-2' }));
  expect(seen.at(-1)).toBe('destroy shop-1-2');
});

const endings: [string, Partial<UntrustedResult>, string][] = [
  ['an exit code', { exitCode: 1 }, 'ended with exit code 1'],
  ['a signal', { exitCode: null }, 'ended with exit code none'],
  ['running out of time', { exitCode: null, ending: 'timed-out' }, 'was stopped: timed-out'],
  ['too much output', { exitCode: null, ending: 'output-limit' }, 'was stopped: output-limit'],
  ['output beyond the limit, then 0', { exitCode: 0, ending: 'output-limit' }, 'was stopped'],
  ['a cancellation', { exitCode: 0, ending: 'cancelled' }, 'was stopped: cancelled'],
];

describe('runSuite', () => {
  const suite = (run?: Play['run']) =>
    asActivity(() =>
      outside(run && { run }).activities.runSuite({ key: 'SHOP-1', change: sampleChange() }),
    );

  test('exit code 0 is a pass, with its output', async () => {
    const found = await suite();
    expect(found).toMatchObject({ id: 'suite/shop/checkout', result: 'passed', durationMs: 5 });
    const output = await at.store.readArtifact(found.artifact ?? '');
    expect(Buffer.from(output ?? []).toString()).toBe('seen');
  });

  test.each(endings)('%s is a failure', async (_what, result, sentence) => {
    const found = await suite(() => result);
    expect(found.result).toBe('failed');
    expect(found.sentence).toContain(sentence);
  });
});

describe('checkCriteria', () => {
  const check = async (play: Play, criteria = [criterion('AC-1')], repositories = ['checkout']) => {
    const { activities, seen } = outside(play);
    const packet = await packetWith(criteria);
    const changes = repositories.map((name) =>
      sampleChange({ repository: `shop/${name}`, service: name }),
    );
    const input = { key: 'SHOP-1', packet, ready, changes };
    const found = await asActivity(() => activities.checkCriteria(input));
    return { found, seen };
  };
  const FILE = 'checks/SHOP-1/AC-1.js';

  test('runs each criterion’s own check against the environment', async () => {
    const { found, seen } = await check({ files: { 'shop/checkout': [FILE] } });
    expect(found).toMatchObject([
      { id: 'criterion/AC-1', criterion: 'AC-1', layer: 'intent', result: 'passed' },
    ]);
    expect(seen).toEqual([`node ${FILE} at http://checkout.shop-1-1`]);
  });

  test('a criterion without a check file did not run, and nothing is run for it', async () => {
    const { found, seen } = await check({ files: { 'shop/checkout': [FILE] } }, [
      criterion('AC-1'),
      criterion('AC-2'),
      criterion('AC-11'),
    ]);
    expect(found.map((e) => [e.criterion, e.result, e.artifact === null])).toEqual([
      ['AC-1', 'passed', false],
      ['AC-2', 'not-run', true],
      ['AC-11', 'not-run', true],
    ]);
    expect(seen).toHaveLength(1);
  });

  test('without a single change nothing is proved', async () => {
    const { found } = await check({}, undefined, []);
    expect(found.map((e) => e.result)).toEqual(['not-run']);
  });

  test.each(endings)('%s is a failure', async (_what, result) => {
    const files = { 'shop/checkout': [FILE] };
    expect((await check({ files, run: () => result })).found[0]?.result).toBe('failed');
  });

  test.each([
    ['checkout', ['checkout', 'pricing']],
    ['pricing', ['checkout', 'pricing']],
  ])('a check that failed in %s is not made good by the other repository', async (bad, names) => {
    const files = { 'shop/checkout': [FILE], 'shop/pricing': [FILE] };
    const run = ({ environment }: UntrustedCommand) => ({
      exitCode: environment['BASE_URL']?.includes(bad) === true ? 1 : 0,
    });
    const { found } = await check({ files, run }, undefined, names);
    expect(found.map((e) => e.result)).toEqual(['failed']);
  });

  test('a check may live in any one of the changed repositories', async () => {
    const files = { 'shop/pricing': [FILE] };
    const { found } = await check({ files }, undefined, ['checkout', 'pricing']);
    expect(found.map((e) => e.result)).toEqual(['passed']);
  });

  test('a check is given the addresses of all services, and no more', async () => {
    const given: unknown[] = [];
    const run = ({ environment }: UntrustedCommand) => {
      given.push(environment);
      return {};
    };
    await check({ files: { 'shop/checkout': [FILE] }, run });
    expect(given).toEqual([
      {
        BASE_URL: 'http://checkout.shop-1-1',
        CHECKOUT_URL: 'http://checkout.shop-1-1',
        PRICING_URL: 'http://pricing.shop-1-1',
      },
    ]);
  });
});

describe('the rehearsal', () => {
  test('walks old, new and old again, each with its checks; the way back is timed', async () => {
    const { activities, seen } = outside();
    const key = 'SHOP-2';
    const forward = await asActivity(() => activities.stepForward({ key, ready }));
    const back = await asActivity(() => activities.stepBack({ key, ready }));
    expect(seen.filter((s) => s.startsWith('restore'))).toEqual([
      'restore bbbb in shop-1-1',
      'restore cccc in shop-1-1',
      'restore bbbb in shop-1-1',
    ]);
    expect([...forward, ...back.evidence].map((e) => [e.id, e.result])).toEqual([
      ['rehearsal/checkout/old', 'passed'],
      ['rehearsal/checkout/new', 'passed'],
      ['rehearsal/checkout/old-again', 'passed'],
    ]);
    expect(back.rollbackMs).toBeGreaterThanOrEqual(0);
    expect(await storyOf(at.store, key)).toEqual([
      `Way back rehearsed in ${back.rollbackMs} ms: old, new, old again`,
    ]);
  });

  test('a way back whose checks fail is not a way back', async () => {
    const { activities } = outside({ run: () => ({ exitCode: 1 }) });
    const back = await asActivity(() => activities.stepBack({ key: 'SHOP-3', ready }));
    expect(back.evidence.map((e) => e.result)).toEqual(['failed']);
  });
});

describe('verifyRestored', () => {
  const verify = async (key: string, play: Play) => {
    const { activities, seen } = outside(play);
    const input = { key, release: before, round: 1 };
    return { found: await asActivity(() => activities.verifyRestored(input)), seen };
  };

  test('a restored state that passes its checks is verified, in the audit log too', async () => {
    const { found, seen } = await verify('BACK-1', {});
    expect(found).toMatchObject({ id: 'restored/checkout/1', result: 'passed' });
    expect(seen).toEqual(['node checks/smoke.js at http://checkout.production']);
    expect(await storyOf(at.store, 'BACK-1')).toEqual([
      'Restored state of checkout verified: its checks are green',
    ]);
  });

  test.each([
    ['another config', { live: { configHash: 'config-2' } }, 'configHash differ'],
    ['another commit', { live: { commit: HEAD } }, 'commit differ'],
    ['another flag', { live: { flags: { freeShipping: true } } }, 'flags differ'],
    ['a candidate still beside it', { beside: 'v9' }, 'v9 still runs beside it'],
    ['failing checks', { run: () => ({ exitCode: 1 }) }, 'exit code 1'],
  ])('%s is not the restored state', async (what, play, because) => {
    const { found } = await verify(`BACK ${what}`, play);
    expect(found.result).toBe('failed');
    expect(found.sentence).toContain(because);
    expect((await storyOf(at.store, `BACK ${what}`))[0]).toContain('is NOT well');
  });
});

test('smoke checks come from the commit that runs, in a clone of its own', async () => {
  const { activities, clones } = outside();
  await asActivity(() => activities.stepForward({ key: 'SHOP-4', ready }));
  expect(clones.map((c) => c.ref)).toEqual([BASE, HEAD]);
  expect(new Set(clones.map((c) => c.directory)).size).toBe(2);
});
