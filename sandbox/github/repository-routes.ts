import { DEFAULT_BRANCH } from '../repositories.ts';
import { commitResource, comparisonResource } from './commit-resource.ts';
import {
  byLogin,
  findRepository,
  gitDirectory,
  githubError,
  paginate,
  record,
  signedIn,
  text,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import {
  count,
  mergeBase,
  readChanges,
  readCommits,
  readFileAt,
  resolveCommit,
  type CommitRecord,
} from './git.ts';
import { apiUrl, fullRepository, htmlUrl, nodeId, profileResource } from './repository-resource.ts';
import type { Repository } from './state.ts';

const REPO = '/repos/:owner/:repo';

/** Repositories, their branches, commits and files, and who is asking. */
export function repositoryRoutes(context: GithubContext): Readonly<Record<string, GithubHandler>> {
  return {
    'GET /user': (call) => ({
      status: 200,
      body: profileResource(context.baseUrl(), signedIn(call)),
    }),
    'GET /users/:login': ({ params }) => {
      const person = byLogin(params['login'] ?? '');
      if (!person) throw githubError(404, 'Not Found');
      return { status: 200, body: profileResource(context.baseUrl(), person) };
    },
    'GET /rate_limit': () => {
      const rate = { limit: 5000, used: 0, remaining: 5000, reset: Math.ceil(Date.now() / 1000) };
      return { status: 200, body: { resources: { core: rate, search: rate }, rate } };
    },
    [`GET ${REPO}`]: (call) => ({
      status: 200,
      body: fullRepository(context.baseUrl(), findRepository(context, call)),
    }),
    [`GET ${REPO}/branches`]: (call) => listBranches(context, call),
    [`GET ${REPO}/branches/*branch`]: (call) => readBranch(context, call),
    [`GET ${REPO}/commits`]: (call) => listCommits(context, call),
    [`GET ${REPO}/commits/:ref`]: (call) => readCommit(context, call),
    [`GET ${REPO}/commits/:ref/status`]: (call) => readStatus(context, call),
    [`GET ${REPO}/compare/:basehead`]: (call) => compare(context, call),
    [`GET ${REPO}/contents/*path`]: (call) => readContents(context, call),
  };
}

/** A reference that names no commit is 422 where a commit is asked for, as at GitHub. */
export async function findCommit(
  context: GithubContext,
  repository: Repository,
  ref: string,
): Promise<CommitRecord> {
  const directory = gitDirectory(context, repository);
  const sha = await resolveCommit(directory, ref);
  const [commit] = sha ? await readCommits(directory, sha, 1) : [];
  if (!commit) throw githubError(422, `No commit found for SHA: ${ref}`);
  return commit;
}

function listBranches(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const url = apiUrl(context.baseUrl(), repository);
  const all = Object.entries(repository.branches).map(([name, sha]) => ({
    name,
    commit: { sha, url: `${url}/commits/${sha}` },
    protected: false,
  }));
  const { items, headers } = paginate(call, context.baseUrl(), all);
  return { status: 200, headers, body: items };
}

async function readBranch(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const name = call.params['branch'] ?? '';
  const sha = repository.branches[name];
  if (!sha) throw githubError(404, 'Branch not found');
  const baseUrl = context.baseUrl();
  const self = `${apiUrl(baseUrl, repository)}/branches/${encodeURIComponent(name)}`;
  const html = `${htmlUrl(baseUrl, repository)}/tree/${encodeURI(name)}`;
  const commit = await findCommit(context, repository, sha);
  return {
    status: 200,
    body: {
      name,
      commit: commitResource(baseUrl, repository, commit),
      _links: { self, html },
      protected: false,
      protection: { enabled: false },
      protection_url: `${self}/protection`,
    },
  };
}

async function listCommits(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const ref = call.url.searchParams.get('sha') ?? DEFAULT_BRANCH;
  const directory = gitDirectory(context, repository);
  const sha = await resolveCommit(directory, ref);
  if (!sha) throw githubError(404, 'Not Found');
  const commits = await readCommits(directory, sha);
  const { items, headers } = paginate(call, context.baseUrl(), commits);
  const body = items.map((commit) => commitResource(context.baseUrl(), repository, commit));
  return { status: 200, headers, body };
}

async function readCommit(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const commit = await findCommit(context, repository, call.params['ref'] ?? '');
  const [parent] = commit.parents;
  const directory = gitDirectory(context, repository);
  const files = parent ? await readChanges(directory, parent, commit.sha) : [];
  return { status: 200, body: commitResource(context.baseUrl(), repository, commit, files) };
}

/** Commit statuses are the older kind of check: nobody reports any here. */
async function readStatus(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const { sha } = await findCommit(context, repository, call.params['ref'] ?? '');
  const baseUrl = context.baseUrl();
  const url = `${apiUrl(baseUrl, repository)}/commits/${sha}`;
  return {
    status: 200,
    body: {
      state: 'pending',
      statuses: [],
      sha,
      total_count: 0,
      repository: fullRepository(baseUrl, repository),
      commit_url: url,
      url: `${url}/status`,
    },
  };
}

async function compare(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const basehead = call.params['basehead'] ?? '';
  const directory = gitDirectory(context, repository);
  const [from = '', to = ''] = basehead.split('...').map((ref) => ref.replace(/^[^/:]+:/, ''));
  const [baseSha, headSha] = [
    await resolveCommit(directory, from),
    await resolveCommit(directory, to),
  ];
  if (!baseSha || !headSha) throw githubError(404, 'Not Found');
  const base = await findCommit(context, repository, baseSha);
  const head = await findCommit(context, repository, headSha);
  const meeting = await mergeBase(directory, baseSha, headSha);
  const comparison = {
    base,
    head,
    mergeBase: await findCommit(context, repository, meeting),
    ahead: await count(directory, `${baseSha}..${headSha}`),
    behind: await count(directory, `${headSha}..${baseSha}`),
    commits: (await readCommits(directory, `${baseSha}..${headSha}`)).toReversed(),
    files: await readChanges(directory, meeting, headSha),
  };
  const body = comparisonResource(context.baseUrl(), repository, basehead, comparison);
  return { status: 200, body };
}

async function readContents(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const path = call.params['path'] ?? '';
  const ref = call.url.searchParams.get('ref') ?? DEFAULT_BRANCH;
  const directory = gitDirectory(context, repository);
  const commit = await resolveCommit(directory, ref);
  const file = commit ? await readFileAt(directory, commit, path) : undefined;
  if (!file) throw githubError(404, 'Not Found');
  const api = apiUrl(context.baseUrl(), repository);
  const html = `${htmlUrl(context.baseUrl(), repository)}/blob/${ref}/${encodeURI(path)}`;
  const url = `${api}/contents/${encodeURI(path)}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = `${api}/git/blobs/${file.sha}`;
  return {
    status: 200,
    body: {
      type: 'file',
      encoding: 'base64',
      size: file.content.length,
      name: path.split('/').at(-1) ?? '',
      path,
      content: file.content.toString('base64'),
      sha: file.sha,
      node_id: nodeId('Blob', file.sha),
      url,
      git_url: gitUrl,
      html_url: html,
      download_url: html,
      _links: { self: url, git: gitUrl, html },
    },
  };
}

/** A request's JSON object and one of its texts: `Problems parsing JSON` when it is none. */
export function bodyOf(call: GithubCall): Record<string, unknown> {
  return record(call.json());
}

export function textOf(call: GithubCall, name: string): string | undefined {
  return text(bodyOf(call)[name]);
}
