import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { pullRequestCard } from '../domain/cards.ts';
import type { Config, ServiceEntry } from '../domain/config.schema.ts';
import type { Change, Evidence, PacketRef } from '../domain/packet.schema.ts';
import type { AgentPort } from '../integrations/agent/port.ts';
import type { ForgePort, GitPort } from '../integrations/forge/port.ts';
import type { RunUntrusted } from '../integrations/process/port.ts';
import type { Store } from '../store/port.ts';
import { whileAlive } from './alive.ts';
import { briefOf } from './briefs.ts';
import { recordEffect } from './effects.ts';
import { fail } from './failures.ts';
import { loadPacket } from './packets.ts';
import { personOfCommit } from './people.ts';
import { copyFiles, inFolder } from './working-copy.ts';

/** One repository's part of one round. */
export interface RepositoryRound {
  readonly key: string;
  readonly repository: string;
  readonly service: string;
  readonly round: number;
}

/** What an agent proposed, as a patch in the artifact store. */
export interface Proposal {
  readonly baseCommit: string;
  /** `sha256:<hex>` of the patch; `null` when nothing was changed. */
  readonly patch: string | null;
  readonly files: readonly string[];
  readonly insertions: number;
  readonly deletions: number;
  readonly outcome: 'done' | 'failed';
  readonly sentence: string;
}

export interface ChangeDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly forge: ForgePort;
  readonly git: GitPort;
  readonly agent: AgentPort;
  readonly runUntrusted: RunUntrusted;
  readonly workDirectory: string;
}

export const branchOf = (key: string, round: number): string => `baton/${key}/${round}`;

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

    /** Idempotent; a merged one is left alone. */
    async closePullRequest({
      key,
      repository,
      number,
    }: {
      readonly key: string;
      readonly repository: string;
      readonly number: number;
    }): Promise<void> {
      const { state } = await forge.closePullRequest({
        repository,
        number,
        signal: signalOf().signal,
      });
      if (state === 'merged') return;
      await recordEffect(
        store,
        key,
        `github/${repository}/pull/${number}/closed`,
        `Pull request ${repository}#${number} closed`,
      );
    },
  };
}

const signalOf = (): { readonly signal: AbortSignal } => ({
  signal: Context.current().cancellationSignal,
});

async function propose(
  deps: ChangeDependencies,
  input: RepositoryRound & { readonly packet: PacketRef },
  signal: AbortSignal,
): Promise<Proposal> {
  const { key, repository, round } = input;
  const { git, store, agent, config } = deps;
  const packet = await loadPacket(store, input.packet.hash);
  return inFolder(deps.workDirectory, `${key}-agent`, async (folder) => {
    const [theirs, ours] = [join(folder, 'agent'), join(folder, 'clean')];
    const { branch } = await deps.forge.defaultBranch({ repository, signal });
    const { commit: baseCommit } = await git.clone({
      repository,
      ref: branch,
      directory: theirs,
      signal,
    });
    const { outcome, sentence, output } = await agent.run({
      ticket: key,
      repository,
      round,
      directory: theirs,
      brief: briefOf(packet, repository),
      timeoutMs: config.policy.agent.timeout,
      maxOutputBytes: config.policy.agent.maxOutputBytes,
      signal,
      onAlive: () => undefined,
    });
    await store.putArtifact(Buffer.from(output));
    await git.clone({ repository, ref: baseCommit, directory: ours, signal });
    await copyFiles(theirs, ours);
    const { patch, files, insertions, deletions } = await git.diff({ directory: ours, signal });
    if (files.length === 0) {
      return {
        baseCommit,
        patch: null,
        files: [],
        insertions: 0,
        deletions: 0,
        outcome: 'failed',
        sentence: outcome === 'done' ? 'the agent changed nothing' : sentence,
      };
    }
    await recordEffect(
      store,
      key,
      `agent/${repository}/${round}`,
      `Agent ${outcome === 'done' ? 'finished' : 'stopped'} in ${repository}: ${files.length} files, +${insertions}/-${deletions}`,
    );
    return {
      baseCommit,
      patch: await store.putArtifact(patch),
      files,
      insertions,
      deletions,
      outcome,
      sentence,
    };
  });
}

async function proveRedThenGreen(
  deps: ChangeDependencies,
  input: RepositoryRound & {
    readonly baseCommit: string;
    readonly patch: string;
    readonly files: readonly string[];
  },
  signal: AbortSignal,
): Promise<Evidence> {
  const service = serviceOf(deps.config, input.service);
  const tests = input.files.filter((file) => file.endsWith(service.testSuffix));
  const about = {
    id: `red-green/${input.repository}`,
    what: `new tests of ${input.repository} fail before the change and pass after`,
    layer: 'verification' as const,
  };
  const nothingRan: Evidence = {
    ...about,
    result: 'not-run',
    sentence: 'the change has no tests',
    artifact: null,
    durationMs: 0,
  };
  if (tests.length === 0) return nothingRan;
  const patch = await readPatch(deps.store, input.patch);
  const red = await runTests(deps, service, input, patch, tests, { only: tests }, signal);
  const green = await runTests(deps, service, input, patch, tests, {}, signal);
  if (red === null || green === null) return nothingRan;
  const artifact = await deps.store.putArtifact(
    Buffer.from(`== before ==\n${red.output}\n== after ==\n${green.output}\n`),
  );
  const failsBefore = red.ending === 'exited' && red.exitCode !== 0;
  const passesAfter = green.ending === 'exited' && green.exitCode === 0;
  const sentence =
    failsBefore && passesAfter
      ? `${tests.length} test file${tests.length === 1 ? '' : 's'} failed before the change and pass with it`
      : !failsBefore
        ? 'the new tests pass without the change: they prove nothing'
        : 'the new tests fail with the change';
  return {
    ...about,
    result: failsBefore && passesAfter ? 'passed' : 'failed',
    sentence,
    artifact,
    durationMs: red.durationMs + green.durationMs,
  };
}

/** Null when the change only takes tests away. */
async function runTests(
  deps: ChangeDependencies,
  service: ServiceEntry,
  { repository, key, baseCommit }: RepositoryRound & { readonly baseCommit: string },
  patch: Uint8Array,
  tests: readonly string[],
  { only }: { readonly only?: readonly string[] },
  signal: AbortSignal,
) {
  return inFolder(deps.workDirectory, `${key}-tests`, async (folder) => {
    const directory = join(folder, 'clone');
    await deps.git.clone({ repository, ref: baseCommit, directory, signal });
    await deps.git.apply({
      directory,
      patch,
      ...(only === undefined ? {} : { paths: only }),
      signal,
    });
    const there = tests.filter((file) => existsSync(join(directory, file)));
    if (there.length === 0) return null;
    return deps.runUntrusted({
      command: service.test.flatMap((part) => (part === '{files}' ? there : [part])),
      directory,
      environment: {},
      timeoutMs: deps.config.policy.verification.suiteTimeout,
      maxOutputBytes: 1_000_000,
      network: true,
      signal,
    });
  });
}

async function readPatch(store: Store, hash: string): Promise<Uint8Array> {
  const patch = await store.readArtifact(hash);
  if (patch === null) throw fail('ContractBroken', `there is no artifact ${hash} in the store`);
  return patch;
}

export function serviceOf(config: Config, name: string): ServiceEntry {
  const service = config.services.find((s) => s.name === name);
  if (service === undefined)
    throw fail('Misconfigured', `the configuration has no service ${name} any more`);
  return service;
}
