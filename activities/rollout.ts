import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Config } from '../domain/config.schema.ts';
import { differingFields, sameRelease, type Release } from '../domain/release.ts';
import type { ChangeRef } from '../domain/ticket.ts';
import type { DeployPort, ExpectedTraffic } from '../integrations/deploy/port.ts';
import type { ForgePort, GitPort } from '../integrations/forge/port.ts';
import type { Store } from '../store/port.ts';
import { whileAlive } from './alive.ts';
import { branchOf } from './change-round.ts';
import { recordEffect } from './effects.ts';
import { fail } from './failures.ts';
import { inFolder } from './working-copy.ts';

export interface RolloutDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly forge: ForgePort;
  readonly git: GitPort;
  readonly deploy: DeployPort;
  readonly workDirectory: string;
}

/** The two versions of a service that share its traffic. */
export interface Arms {
  readonly stable: string;
  readonly candidate: string;
}

export function createRolloutActivities(deps: RolloutDependencies) {
  const { config, store, forge, git, deploy } = deps;
  const environment = config.deploy.environment;
  const signalOf = (): AbortSignal => Context.current().cancellationSignal;
  return {
    /**
     * Merges exactly the approved head. Idempotent: a merged one is found. `StateConflict` when the head
     * or the default branch moved since: what was verified is then not what would run.
     */
    async mergeChange({
      key,
      change,
    }: {
      readonly key: string;
      readonly change: ChangeRef;
    }): Promise<{ readonly mergeCommit: string }> {
      const { repository, headCommit, pullRequest } = change;
      await refuseMovedBase(forge, change, signalOf());
      const { mergeCommit } = await forge.merge({
        repository,
        number: pullRequest.number,
        headCommit,
        signal: signalOf(),
      });
      await recordEffect(
        store,
        key,
        `github/${repository}/pull/${pullRequest.number}/merged`,
        `Pull request ${repository}#${pullRequest.number} merged`,
        { commit: mergeCommit },
      );
      return { mergeCommit };
    },

    /** Starts the release beside what runs, without traffic. Idempotent: the same release is found. Refuses when production is not what the packet says. */
    async deployCandidate({
      key,
      round,
      before,
      after,
    }: {
      readonly key: string;
      readonly round: number;
      readonly before: Release;
      readonly after: Release;
    }): Promise<Arms> {
      return whileAlive(async (signal) => {
        const live = await deploy.describe({ environment, service: after.service, signal });
        const differing = differingFields(live.stable.release, before);
        if (differing.length > 0) {
          throw fail(
            'StateConflict',
            `production runs ${live.stable.release.commit.slice(0, 8)} of ${after.service}, not what this release was verified against (${before.commit.slice(0, 8)}): ${differing.join(', ')} differ`,
          );
        }
        const { stable, candidate } = await deploy.deploy({
          environment,
          release: after,
          key: `${key}/${round}/deploy/${after.service}`,
          signal,
        });
        if (candidate === null)
          throw fail('StateConflict', `${after.service} has no candidate after its deployment`);
        await recordEffect(
          store,
          key,
          `cluster/${after.service}/${candidate.version}/deployed`,
          `${after.service} ${candidate.version} deployed beside ${stable.version}, without traffic yet`,
          { commit: after.commit },
        );
        return { stable: stable.version, candidate: candidate.version };
      });
    },

    /** Idempotent: the same weight twice is one change. `StateConflict` when somebody else changed the traffic. */
    async setWeight({
      key,
      round,
      service,
      arms,
      from,
      percent,
    }: {
      readonly key: string;
      readonly round: number;
      readonly service: string;
      readonly arms: Arms;
      readonly from: number;
      readonly percent: number;
    }): Promise<void> {
      const expect: ExpectedTraffic = {
        stable: arms.stable,
        candidate: arms.candidate,
        weight: from,
      };
      await whileAlive((signal) =>
        deploy.setWeight({
          environment,
          service,
          version: arms.candidate,
          percent,
          expect,
          key: `${key}/${round}/weight/${service}/${percent}`,
          signal,
        }),
      );
      await recordEffect(
        store,
        key,
        `cluster/${service}/${arms.candidate}/weight/${percent}`,
        `${service} ${arms.candidate} takes ${percent} % of the traffic`,
        { weight: percent },
      );
    },

    /** Idempotent: a version that is the stable one is left alone. */
    async promoteCandidate({
      key,
      round,
      service,
      arms,
    }: {
      readonly key: string;
      readonly round: number;
      readonly service: string;
      readonly arms: Arms;
    }): Promise<void> {
      await whileAlive((signal) =>
        deploy.promote({
          environment,
          service,
          version: arms.candidate,
          key: `${key}/${round}/promote/${service}`,
          signal,
        }),
      );
      await recordEffect(
        store,
        key,
        `cluster/${service}/${arms.candidate}/promoted`,
        `${service} ${arms.candidate} promoted: it takes all traffic`,
      );
    },

    /**
     * All traffic back to the whole tuple that ran before. Idempotent by the state it asks for. Where
     * neither this change nor what ran before it is live, another release has taken its place: then
     * nothing is touched.
     */
    async restoreRelease({
      key,
      round,
      release,
      ours,
    }: {
      readonly key: string;
      readonly round: number;
      readonly release: Release;
      /** The commit that is to be taken out. */
      readonly ours: string;
    }): Promise<{ readonly superseded: boolean }> {
      return whileAlive(async (signal) => {
        const { service } = release;
        const live = await deploy.describe({ environment, service, signal });
        const running = [live.stable, live.candidate].flatMap((v) => (v === null ? [] : [v]));
        const mine = running.some((v) => v.release.commit === ours);
        if (!mine && !sameRelease(live.stable.release, release)) {
          const text = `${service} runs ${live.stable.version}, another release: nothing of ${ours.slice(0, 8)} is left to take back`;
          await recordEffect(store, key, `cluster/${service}/superseded/${round}`, text);
          return { superseded: true };
        }
        if (!mine) return { superseded: false };
        const restored = await deploy.restore({
          environment,
          release,
          key: `${key}/${round}/restore/${service}`,
          signal,
        });
        const text = `${service} restored to ${restored.stable.version} (${release.commit.slice(0, 8)})`;
        await recordEffect(store, key, `cluster/${service}/restored/${round}`, text);
        return { superseded: false };
      });
    },

    /** Reverts a merge on the default branch, through a pull request of its own. Idempotent: commit, branch and pull request are found. */
    async revertChange({
      key,
      round,
      change,
      mergeCommit,
      at,
    }: {
      readonly key: string;
      readonly round: number;
      readonly change: ChangeRef;
      readonly mergeCommit: string;
      readonly at: number;
    }): Promise<void> {
      const { repository } = change;
      await whileAlive((signal) =>
        inFolder(deps.workDirectory, `${key}-revert`, async (folder) => {
          const { branch: base } = await forge.defaultBranch({ repository, signal });
          const directory = join(folder, 'clone');
          const branch = `${branchOf(key, round)}-revert`;
          // Cut from the merge itself: run again after it was merged, the commit is still the same one.
          await git.clone({ repository, ref: mergeCommit, directory, signal });
          const message = `Revert ${key} round ${round}: it was rolled back in production`;
          const { commit } = await git.revertAndPush({
            directory,
            repository,
            mergeCommit,
            branch,
            message,
            at: new Date(at).toISOString(),
            signal,
          });
          const card = {
            title: message,
            parts: [
              {
                kind: 'link' as const,
                label: `${repository}#${change.pullRequest.number}`,
                url: change.pullRequest.url,
              },
            ],
            actions: [],
            footer: null,
          };
          const { number } = await forge.openPullRequest({
            repository,
            branch,
            base,
            title: message,
            card,
            signal,
          });
          await forge.merge({ repository, number, headCommit: commit, signal });
          await recordEffect(
            store,
            key,
            `github/${repository}/revert/${round}`,
            `Revert of ${repository}#${change.pullRequest.number} merged as #${number}`,
          );
        }),
      );
    },
  };
}

async function refuseMovedBase(
  forge: ForgePort,
  { repository, baseCommit, pullRequest }: ChangeRef,
  signal: AbortSignal,
): Promise<void> {
  const { state } = await forge.readPullRequest({ repository, number: pullRequest.number, signal });
  if (state === 'merged') return;
  const { branch, commit } = await forge.defaultBranch({ repository, signal });
  if (commit === baseCommit) return;
  throw fail(
    'StateConflict',
    `${branch} of ${repository} moved to ${commit.slice(0, 8)} since the change was made on ${baseCommit.slice(0, 8)}: it must be made and verified again`,
  );
}
