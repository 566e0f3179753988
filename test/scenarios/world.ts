import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/activities.ts';
import type { Evidence } from '../../domain/packet.schema.ts';
import { policy as policySchema } from '../../domain/policy.schema.ts';
import type { Release } from '../../domain/release.ts';
import type { JournalWrite } from '../../store/port.ts';

/** What a test may change of the world its workflows live in. */
export type WorldOverrides = Partial<Activities>;

export interface World {
  readonly activities: Activities;
  /** What the outside saw, in order: `weight 5`, `message gate spec`, … */
  readonly seen: string[];
  /** Everything journaled, in order. */
  readonly journal: JournalWrite[];
}

/** Durations in milliseconds where production has hours. */
export const quickPolicy = policySchema.parse({
  deadlines: { answers: '300ms', decision: '300ms', ci: '1s', inconclusive: '300ms' },
  rollout: { weights: [10, 50], tick: '10ms', minTicks: 1, minRequests: 1, maxTicks: 5 },
  soak: { duration: '20ms', tick: '10ms', minRequests: 1 },
  verification: { environmentTtl: '30s' },
  maxRounds: 2,
});

export const PEOPLE = ['requester', 'developer', 'reviewer', 'approver', 'operator'];

const hash = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const release = (commit: string): Release => ({
  service: 'checkout',
  repository: 'shop/checkout',
  commit,
  configHash: 'c',
  flags: {},
  secrets: {},
  schemaPhase: 'none',
});

export const evidence = (id: string, result: Evidence['result'] = 'passed'): Evidence => ({
  id,
  what: id,
  layer: 'verification',
  result,
  sentence: result,
  artifact: null,
  durationMs: 1,
});

/**
 * The activities of a ticket whose outside answers at once and well. The workflows above them are the
 * real ones on a real server; what is tested here is their order, their refusals and their undo.
 */
export function createWorld(overrides: (seen: string[]) => WorldOverrides = () => ({})): World {
  const seen: string[] = [];
  const journal: JournalWrite[] = [];
  const see = (what: string): void => void seen.push(what);
  const activities: Activities = {
    intake: async ({ version, previous, at }) => ({
      title: 'Free shipping',
      url: 'http://jira/SHOP-1',
      requester: 'requester',
      tier: 2,
      services: [{ name: 'checkout', repository: 'shop/checkout' }],
      people: PEOPLE,
      policy: quickPolicy,
      missing: [],
      packet: { version, hash: hash(`packet ${version} ${previous ?? ''} ${at}`) },
    }),
    sealPacket: async ({ base, stage, at }) => ({
      sealed: true,
      packet: { version: base.version + 1, hash: hash(`${base.hash} ${stage} ${at}`) },
    }),
    readEarlierLife: async () => null,
    journal: async (write) => void journal.push(write),
    commentOnTicket: async ({ notice }) => see(`comment ${notice.kind}`),
    moveTicket: async ({ status }) => see(`move ${status}`),
    hasSpecChanged: async () => false,
    readTicketPosition: async () => ({ position: 'as-expected', status: '' }),
    postMessage: async ({ notice, marker }) => {
      see(`message ${notice.kind}${'gate' in notice ? ` ${notice.gate}` : ''}`);
      return { channel: 'C', id: marker };
    },
    updateMessage: async ({ notice }) =>
      see(`edit ${notice.kind}${'how' in notice ? `: ${notice.how}` : ''}`),
    runAgent: async () => ({
      baseCommit: 'base',
      patch: hash('patch'),
      files: ['a.js', 'a.test.js'],
      insertions: 1,
      deletions: 0,
      outcome: 'done',
      sentence: 'done',
    }),
    proveTests: async () => evidence('red-green/shop/checkout'),
    pushChange: async ({ key, round }) => {
      see(`push ${round}`);
      return { branch: `baton/${key}/${round}`, headCommit: `head${round}` };
    },
    openPullRequest: async () => {
      see('pull request');
      return { pullRequest: { number: 7, url: 'http://forge/7' }, authors: ['developer'] };
    },
    closePullRequest: async () => {
      see('pull request closed');
      return { state: 'closed' };
    },
    readCi: async () => ({ evidence: [evidence('ci/shop/checkout')], pending: [] }),
    createEnvironment: async ({ key, round }) => {
      see('environment created');
      return {
        environment: `${key}-${round}`,
        services: [{ service: 'checkout', url: 'http://env' }],
        before: [release('old')],
        after: [release('head')],
      };
    },
    destroyEnvironment: async () => see('environment destroyed'),
    runSuite: async () => evidence('suite/shop/checkout'),
    checkCriteria: async () => [evidence('criterion/AC-1')],
    stepForward: async () => [evidence('rehearsal/old'), evidence('rehearsal/new')],
    stepBack: async () => ({ evidence: [evidence('rehearsal/old-again')], rollbackMs: 5 }),
    verifyRestored: async () => {
      see('restored state verified');
      return evidence('restored');
    },
    mergeChange: async () => {
      see('merge');
      return { mergeCommit: 'merge' };
    },
    deployCandidate: async () => {
      see('deploy');
      return { stable: 'v1', candidate: 'v2' };
    },
    setWeight: async ({ percent }) => see(`weight ${percent}`),
    promoteCandidate: async () => see('promote'),
    restoreRelease: async ({ release: { commit } }) => {
      see(`restore ${commit}`);
      return { superseded: false };
    },
    revertChange: async () => see('revert'),
    watchStep: async ({ weight, lastWeight }) => ({
      verdict: weight >= lastWeight ? 'promote' : 'advance',
      sentence: 'errors 0 %',
      ticks: 1,
    }),
    reconcileTickets: async () => ({ started: 0, looked: 0 }),
  };
  return { activities: { ...activities, ...overrides(seen) }, seen, journal };
}

/** An activity that beats and never ends by itself: a person or a cancellation has to end it. */
export async function untilCancelled(): Promise<never> {
  for (;;) {
    Context.current().heartbeat();
    await sleep(50, undefined, { signal: Context.current().cancellationSignal });
  }
}

/** Waits until the outside has seen something; says what it saw instead when it never comes. */
export async function seen(world: World, what: string, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!world.seen.includes(what)) {
    if (Date.now() > end) throw new Error(`never seen: ${what}; seen: ${world.seen.join(', ')}`);
    await sleep(20);
  }
}

/** Hangs without a beat, as on a worker that died; ends only with the worker itself. */
export async function hung(): Promise<never> {
  return Context.current().cancelled;
}
