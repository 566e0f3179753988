import type { Evidence, PacketRef } from '../domain/packet.schema.ts';
import { environmentNameOf } from '../domain/environment.ts';
import type { Release } from '../domain/release.ts';
import type { ChangeRef } from '../domain/ticket.ts';
import type { EnvironmentPort } from '../integrations/deploy/port.ts';
import { whileAlive } from './alive.ts';
import {
  checkCriterion,
  checkRelease,
  criterionCheck,
  evidenceOf,
  runIn,
  walk,
  type CheckDependencies,
  type EnvironmentReady,
} from './checks.ts';
import { recordEffect } from './effects.ts';
import { loadPacket } from './packets.ts';
import { serviceOf } from './services.ts';

export type { EnvironmentReady };

export interface EnvironmentInput {
  readonly key: string;
  readonly round: number;
  readonly changes: readonly ChangeRef[];
}

export interface VerificationDependencies extends CheckDependencies {
  readonly environments: EnvironmentPort;
}

export function createVerificationActivities(deps: VerificationDependencies) {
  const { config, store, deploy, environments } = deps;
  return {
    /** Reads what production runs, and starts the same in a place of its own. Idempotent: an environment of that name is found. */
    async createEnvironment({ key, round, changes }: EnvironmentInput): Promise<EnvironmentReady> {
      return whileAlive(async (signal) => {
        const environment = environmentNameOf(key, round);
        const before: Release[] = [];
        for (const { service } of changes) {
          const live = await deploy.describe({
            environment: config.deploy.environment,
            service,
            signal,
          });
          before.push(live.stable.release);
        }
        const after = before.map((release, i) => ({
          ...release,
          commit: changes[i]?.headCommit ?? release.commit,
        }));
        const running = await environments.create({
          environment,
          owner: `ticket/${key}`,
          ttlMs: config.policy.verification.environmentTtl,
          releases: before,
          key: `${key}/${round}/environment`,
          signal,
        });
        await recordEffect(
          store,
          key,
          `env/${environment}/created`,
          `Environment ${environment} started as production is: ${before.map((r) => `${r.service}@${r.commit.slice(0, 8)}`).join(', ')}`,
        );
        const services = running.map(({ service, url }) => ({ service, url }));
        return { environment, services, before, after };
      });
    },

    /** Idempotent: one that is gone is gone. */
    async destroyEnvironment({
      key,
      environment,
    }: {
      readonly key: string;
      readonly environment: string;
    }): Promise<void> {
      await whileAlive((signal) =>
        environments.destroy({ environment, key: `${key}/${environment}/destroy`, signal }),
      );
      await recordEffect(
        store,
        key,
        `env/${environment}/destroyed`,
        `Environment ${environment} removed`,
      );
    },

    /** The whole suite of one repository at the head commit. Idempotent: a read, run in a folder of its own. */
    async runSuite({
      key,
      change,
    }: {
      readonly key: string;
      readonly change: ChangeRef;
    }): Promise<Evidence> {
      const service = serviceOf(config, change.service);
      return whileAlive((signal) =>
        runIn(
          deps,
          { ...change, commit: change.headCommit, key },
          async (directory) => {
            const run = await deps.runUntrusted({
              command: service.suite,
              directory,
              environment: {},
              timeoutMs: config.policy.verification.suiteTimeout,
              maxOutputBytes: 2_000_000,
              network: true,
              signal,
            });
            return evidenceOf(
              store,
              {
                id: `suite/${change.repository}`,
                what: `whole suite of ${change.repository} at ${change.headCommit.slice(0, 8)}`,
                layer: 'verification',
              },
              run,
            );
          },
          signal,
        ),
      );
    },

    /** One executed check for each acceptance criterion, against the environment. A criterion without a check did not run. */
    async checkCriteria(input: {
      readonly key: string;
      readonly packet: PacketRef;
      readonly ready: EnvironmentReady;
      readonly changes: readonly ChangeRef[];
    }): Promise<Evidence[]> {
      const packet = await loadPacket(store, input.packet.hash);
      return whileAlive(async (signal) => {
        const evidence = new Map<string, Evidence>();
        for (const change of input.changes) {
          await runIn(
            deps,
            { ...change, commit: change.headCommit, key: input.key },
            async (directory) => {
              for (const criterion of packet.criteria) {
                const found = await checkCriterion(deps, {
                  ...input,
                  change,
                  criterion,
                  directory,
                  signal,
                });
                // Several repositories may bring a check: one that failed is not made good by another.
                const known = evidence.get(criterion.id)?.result ?? 'passed';
                if (found !== null && known === 'passed') evidence.set(criterion.id, found);
              }
            },
            signal,
          );
        }
        return packet.criteria.map(
          (c) =>
            evidence.get(c.id) ?? {
              ...criterionCheck(c),
              result: 'not-run' as const,
              sentence: 'the change brings no check for it',
              artifact: null,
              durationMs: 0,
            },
        );
      });
    },

    /** From what production runs to the new release, each with its checks. Idempotent: the environment ends on the new release. */
    async stepForward({
      key,
      ready,
    }: {
      readonly key: string;
      readonly ready: EnvironmentReady;
    }): Promise<Evidence[]> {
      return whileAlive(async (signal) => [
        ...(await walk(deps, { key, ready, releases: ready.before, step: 'old', signal })),
        ...(await walk(deps, { key, ready, releases: ready.after, step: 'new', signal })),
      ]);
    },

    /** The way back, walked and timed from the order to the green checks. Idempotent: the environment ends on the old release. */
    async stepBack({
      key,
      ready,
    }: {
      readonly key: string;
      readonly ready: EnvironmentReady;
    }): Promise<{ readonly evidence: Evidence[]; readonly rollbackMs: number }> {
      return whileAlive(async (signal) => {
        const began = Date.now();
        const evidence = await walk(deps, {
          key,
          ready,
          releases: ready.before,
          step: 'old again',
          signal,
        });
        const rollbackMs = Date.now() - began;
        await recordEffect(
          store,
          key,
          `env/${ready.environment}/rehearsed`,
          `Way back rehearsed in ${rollbackMs} ms: old, new, old again`,
          { rollbackMs },
        );
        return { evidence, rollbackMs };
      });
    },

    /** Whether production runs exactly `release`, takes all traffic with it, and passes its checks. A read. */
    async verifyRestored({
      key,
      release,
      round,
    }: {
      readonly key: string;
      readonly release: Release;
      readonly round: number;
    }): Promise<Evidence> {
      return whileAlive(async (signal) => {
        const live = await deploy.describe({
          environment: config.deploy.environment,
          service: release.service,
          signal,
        });
        const found = await checkRelease(deps, {
          key,
          live,
          release,
          id: `restored/${release.service}/${round}`,
          what: `restored state of ${release.service}`,
          signal,
        });
        await recordEffect(
          store,
          key,
          `cluster/${release.service}/verified/${round}`,
          `Restored state of ${release.service} ${found.result === 'passed' ? 'verified: its checks are green' : `is NOT well: ${found.sentence}`}`,
          {},
          'verdict',
        );
        return found;
      });
    },
  };
}
