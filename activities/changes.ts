import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { pullRequestCard } from '../domain/cards.ts';
import type { Change, Evidence, PacketRef } from '../domain/packet.schema.ts';
import { whileAlive } from './alive.ts';
import {
  branchOf,
  readPatch,
  type ChangeDependencies,
  type RepositoryRound,
} from './change-round.ts';
import { recordEffect } from './effects.ts';
import { loadPacket } from './packets.ts';
import { personOfCommit } from './people.ts';
import { propose, type Proposal } from './proposals.ts';
import { proveRedThenGreen } from './red-green.ts';
import { inFolder } from './working-copy.ts';

export function createChangeActivities(deps: ChangeDependencies) {
  const { config, store, forge, git } = deps;
  return {
    /** Lets the agent work in a clone of its own and keeps what it changed. Idempotent: it writes nothing outside; run again it proposes anew. */
    async runAgent(input: RepositoryRound & { readonly packet: PacketRef }): Promise<Proposal> {
      return whileAlive((signal) => propose(deps, input, signal));
    },

    /** Shows that the change's new tests fail without it and pass with it. Idempotent: reads, and runs in folders of its own. */
    async proveTests(
      input: RepositoryRound & {
        readonly baseCommit: string;
        readonly patch: string;
        readonly files: readonly string[];
      },
    ): Promise<Evidence> {
      return whileAlive((signal) => proveRedThenGreen(deps, input, signal));
    },

    /** Pushes the proposal with the write credential. Idempotent: the same content, parent, author and date are the same commit. */
    async pushChange(
      input: RepositoryRound & {
        readonly baseCommit: string;
        readonly patch: string;
        readonly title: string;
        readonly at: number;
      },
    ): Promise<{ readonly branch: string; readonly headCommit: string }> {
      const { key, repository, round, baseCommit } = input;
      const branch = branchOf(key, round);
      const patch = await readPatch(store, input.patch);
      return whileAlive((signal) =>
        inFolder(deps.workDirectory, `${key}-push`, async (folder) => {
          const directory = join(folder, 'clone');
          await git.clone({ repository, ref: baseCommit, directory, signal });
          await git.apply({ directory, patch, signal });
          const message = `${key}: ${input.title}`;
          const { commit } = await git.commitAndPush({
            directory,
            repository,
            branch,
            message,
            at: new Date(input.at).toISOString(),
            signal,
          });
          await recordEffect(
            store,
            key,
            `github/${repository}/branch/${branch}`,
            `Branch ${branch} pushed to ${repository}`,
            { commit },
          );
          return { branch, headCommit: commit };
        }),
      );
    },

    /** Idempotent: a pull request is unique by its head branch. Also reads who wrote its commits. */
    async openPullRequest(input: {
      readonly key: string;
      readonly packet: PacketRef;
      readonly change: Omit<Change, 'pullRequest' | 'authors'>;
    }): Promise<Pick<Change, 'pullRequest' | 'authors'>> {
      const { key, change } = input;
      const { signal } = signalOf();
      const packet = await loadPacket(store, input.packet.hash);
      const { branch: base } = await forge.defaultBranch({ repository: change.repository, signal });
      const { number, url } = await forge.openPullRequest({
        repository: change.repository,
        branch: change.branch,
        base,
        title: `${key}: ${packet.ticket.title}`,
        card: pullRequestCard(packet, change),
        signal,
      });
      await recordEffect(
        store,
        key,
        `github/${change.repository}/pull/${number}`,
        `Pull request opened: ${url}`,
        { number },
      );
      const people = await forge.listAuthors({ repository: change.repository, number, signal });
      return {
        pullRequest: { number, url },
        authors: [...new Set(people.map((p) => personOfCommit(config, p)))],
      };
    },

    /** Idempotent; a merged one is left alone. Answers how it stands. */
    async closePullRequest({
      key,
      repository,
      number,
    }: {
      readonly key: string;
      readonly repository: string;
      readonly number: number;
    }): Promise<{ readonly state: 'closed' | 'merged' }> {
      const { state } = await forge.closePullRequest({
        repository,
        number,
        signal: signalOf().signal,
      });
      if (state === 'merged') return { state };
      await recordEffect(
        store,
        key,
        `github/${repository}/pull/${number}/closed`,
        `Pull request ${repository}#${number} closed`,
      );
      return { state };
    },
  };
}

const signalOf = (): { readonly signal: AbortSignal } => ({
  signal: Context.current().cancellationSignal,
});
