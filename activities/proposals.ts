import { join } from 'node:path';
import type { PacketRef } from '../domain/packet.schema.ts';
import { briefOf } from './briefs.ts';
import type { ChangeDependencies, RepositoryRound } from './change-round.ts';
import { recordEffect } from './effects.ts';
import { loadPacket } from './packets.ts';
import { copyFiles, inFolder } from './working-copy.ts';

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

/** Lets the agent work in one clone and reads what it changed in another, which it never saw (invariant 10). */
export async function propose(
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
