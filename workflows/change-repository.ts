import type { Change, Evidence } from '../domain/packet.schema.ts';
import type { ChangeRepositoryInput } from './messages.ts';
import { agents, outside, verification } from './proxies.ts';

export type ChangeRepositoryResult =
  | { readonly outcome: 'changed'; readonly change: Change }
  | {
      readonly outcome: 'failed';
      readonly because: string;
      readonly evidence: readonly Evidence[];
    };

/**
 * One repository's part of a round: an agent proposes, its tests are shown to fail without the change
 * and pass with it, another credential pushes, a pull request is opened. Nothing is written outside
 * before the proof, so there is nothing to undo until the branch is pushed; the ticket closes the
 * pull request when it gives up.
 */
export async function changeRepository(
  input: ChangeRepositoryInput,
): Promise<ChangeRepositoryResult> {
  const { key, repository, service, round, packet } = input;
  const about = { key, repository, service, round };
  const proposal = await agents.runAgent({ ...about, packet });
  if (proposal.outcome === 'failed' || proposal.patch === null) {
    return {
      outcome: 'failed',
      because: `the agent did not finish in ${repository}: ${proposal.sentence}`,
      evidence: [],
    };
  }
  const { baseCommit, patch, files, insertions, deletions } = proposal;
  const proof = await verification.proveTests({ ...about, baseCommit, patch, files });
  if (proof.result !== 'passed') {
    return { outcome: 'failed', because: `${repository}: ${proof.sentence}`, evidence: [proof] };
  }
  const { branch, headCommit } = await verification.pushChange({
    ...about,
    baseCommit,
    patch,
    title: input.title,
    at: input.at,
  });
  const change = {
    repository,
    service,
    branch,
    baseCommit,
    headCommit,
    files: [...files],
    insertions,
    deletions,
    evidence: [proof],
  };
  const opened = await outside.openPullRequest({ key, packet, change });
  return { outcome: 'changed', change: { ...change, ...opened } };
}
