import {
  findRepository,
  gitDirectory,
  githubError,
  signedIn,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import { isAncestor, isName, moveBranch, removeBranch, resolveCommit } from './git.ts';
import { observePushes } from './pushes.ts';
import { bodyOf, textOf } from './repository-routes.ts';
import { apiUrl, nodeId } from './repository-resource.ts';
import type { Repository } from './state.ts';

const REPO = '/repos/:owner/:repo';

/** Git references by REST; only branches (`heads/…`) exist here. */
export function refRoutes(context: GithubContext): Readonly<Record<string, GithubHandler>> {
  return {
    [`GET ${REPO}/git/ref/*ref`]: (call) => {
      const repository = findRepository(context, call);
      return { status: 200, body: resource(context, repository, branchOf(call)) };
    },
    [`GET ${REPO}/git/matching-refs/*ref`]: (call) => {
      const repository = findRepository(context, call);
      const prefix = (call.params['ref'] ?? '').replace(/^heads\//, '');
      const names = Object.keys(repository.branches).filter((name) => name.startsWith(prefix));
      return { status: 200, body: names.map((name) => resource(context, repository, name)) };
    },
    [`POST ${REPO}/git/refs`]: (call) => create(context, call),
    [`PATCH ${REPO}/git/refs/*ref`]: (call) => update(context, call),
    [`DELETE ${REPO}/git/refs/*ref`]: (call) => remove(context, call),
  };
}

function branchOf({ params }: GithubCall): string {
  return (params['ref'] ?? '').replace(/^heads\//, '');
}

function resource(context: GithubContext, repository: Repository, branch: string) {
  const sha = repository.branches[branch];
  if (!sha) throw githubError(404, 'Not Found');
  const url = `${apiUrl(context.baseUrl(), repository)}/git`;
  return {
    ref: `refs/heads/${branch}`,
    node_id: nodeId('Ref', `${repository.fullName}:${branch}`),
    url: `${url}/refs/heads/${encodeURI(branch)}`,
    object: { type: 'commit', sha, url: `${url}/commits/${sha}` },
  };
}

async function create(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const ref = textOf(call, 'ref') ?? '';
  const branch = ref.replace(/^refs\/heads\//, '');
  if (branch === ref || !isName(branch)) {
    throw githubError(422, 'Reference name must start with refs/heads/ and be well-formed');
  }
  return context.exclusively(repository, async () => {
    const sha = await wantedCommit(context, repository, call);
    const made = await moveBranch(gitDirectory(context, repository), branch, sha, undefined);
    if (!made) throw githubError(422, 'Reference already exists');
    await observePushes(context, repository, { pusher: signedIn(call) });
    return { status: 201, body: resource(context, repository, branch) };
  });
}

async function update(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const branch = branchOf(call);
  return context.exclusively(repository, async () => {
    const sha = await wantedCommit(context, repository, call);
    const directory = gitDirectory(context, repository);
    const old = repository.branches[branch];
    if (!old) throw githubError(422, 'Reference does not exist');
    if (bodyOf(call)['force'] !== true && !(await isAncestor(directory, old, sha))) {
      throw githubError(422, 'Update is not a fast forward');
    }
    await moveBranch(directory, branch, sha, old);
    await observePushes(context, repository, { pusher: signedIn(call) });
    return { status: 200, body: resource(context, repository, branch) };
  });
}

async function remove(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const branch = branchOf(call);
  return context.exclusively(repository, async () => {
    if (!repository.branches[branch]) throw githubError(422, 'Reference does not exist');
    await removeBranch(gitDirectory(context, repository), branch);
    await observePushes(context, repository, { pusher: signedIn(call) });
    return { status: 204 };
  });
}

async function wantedCommit(
  context: GithubContext,
  repository: Repository,
  call: GithubCall,
): Promise<string> {
  const sha = textOf(call, 'sha') ?? '';
  const known = /^[0-9a-f]{40}$/.test(sha)
    ? await resolveCommit(gitDirectory(context, repository), sha)
    : undefined;
  if (!known) throw githubError(422, 'Object does not exist');
  return known;
}
