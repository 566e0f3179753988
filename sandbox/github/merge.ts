import {
  personOf,
  findPull,
  findRepository,
  gitDirectory,
  githubError,
  signedIn,
  text,
} from './context.ts';
import type { GithubCall, GithubContext } from './context.ts';
import { OWNER } from '../repositories.ts';
import { count, makeMerge, mergeBase, moveBranch, readChanges } from './git.ts';
import type { PullFigures } from './pull-resource.ts';
import { observePushes } from './pushes.ts';
import { bodyOf } from './repository-routes.ts';
import type { Pull, Repository } from './state.ts';

const METHODS = ['merge', 'squash', 'rebase'] as const;

/**
 * Merges when the pull request is open, its head is the expected one and there is no conflict.
 * GitHub's refusals: 405 for what cannot be merged (again), 409 when the head has moved.
 */
export async function mergePull(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const input = bodyOf(call);
  const method = METHODS.find((name) => name === (input['merge_method'] ?? 'merge'));
  if (!method) throw githubError(422, 'Invalid merge_method');
  return context.exclusively(repository, async () => {
    await observePushes(context, repository);
    const pull = findPull(repository, call);
    if (pull.state !== 'open' || pull.draft) throw notMergeable();
    const expected = text(input['sha']);
    if (expected !== undefined && expected !== pull.headSha) {
      throw githubError(409, 'Head branch was modified. Review and try the merge again.');
    }
    const person = signedIn(call);
    const title =
      text(input['commit_title']) ??
      (method === 'squash'
        ? `${pull.title} (#${pull.number})`
        : `Merge pull request #${pull.number} from ${OWNER}/${pull.branch}`);
    const message = [title, text(input['commit_message']) ?? pull.title].join('\n\n');
    const directory = gitDirectory(context, repository);
    const { base, headSha: head } = pull;
    const author = { name: person.name, email: person.email };
    const sha = await makeMerge(directory, context.workDir, {
      base,
      head,
      message,
      method,
      author,
    });
    if (!sha) throw notMergeable();
    if (!(await moveBranch(directory, base, sha, repository.branches[base]))) {
      throw githubError(405, 'Base branch was modified. Review and try the merge again.');
    }
    await observePushes(context, repository, { pusher: person, merged: pull });
    return {
      status: 200,
      body: { sha, merged: true, message: 'Pull Request successfully merged' },
    };
  });
}

function notMergeable() {
  return githubError(405, 'Pull Request is not mergeable');
}

/** Trying a merge is the only sure way to know; the answer holds until one of the two moves. */
const mergeability = new Map<string, Promise<boolean>>();

/** Just created, a pull request's mergeability is not known yet (`fresh`), as at GitHub. */
export async function readFigures(
  context: GithubContext,
  repository: Repository,
  pull: Pull,
  fresh = false,
): Promise<PullFigures> {
  const directory = gitDirectory(context, repository);
  const { baseSha, headSha: head, base } = pull;
  const changes = await readChanges(directory, await mergeBase(directory, baseSha, head), head);
  const sum = (name: 'additions' | 'deletions') =>
    changes.reduce((total, change) => total + change[name], 0);
  return {
    additions: sum('additions'),
    deletions: sum('deletions'),
    changedFiles: changes.length,
    commits: await count(directory, `${baseSha}..${head}`),
    mergeable: pull.state === 'open' && !fresh ? await isMergeable() : null,
  };

  function isMergeable(): Promise<boolean> {
    const name = `${directory} ${repository.branches[base] ?? ''} ${head}`;
    let answer = mergeability.get(name);
    if (!answer) {
      const { name: author, email } = personOf(pull.author);
      const request = { base, head, message: 'mergeable?', method: 'merge' } as const;
      answer = makeMerge(directory, context.workDir, {
        ...request,
        author: { name: author, email },
      }).then((sha) => sha !== undefined);
      mergeability.set(name, answer);
      answer.catch(() => mergeability.delete(name));
    }
    return answer;
  }
}
