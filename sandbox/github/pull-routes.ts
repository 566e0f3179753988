import { OWNER } from '../repositories.ts';
import { announcePull } from './announce.ts';
import { commitResource } from './commit-resource.ts';
import {
  drawId,
  findPull,
  findRepository,
  gitDirectory,
  githubError,
  invalid,
  paginate,
  refused,
  signedIn,
  text,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import { count, readCommits } from './git.ts';
import { mergePull, readFigures } from './merge.ts';
import { fullPull, simplePull, UNKNOWN_FIGURES } from './pull-resource.ts';
import { closePull } from './pushes.ts';
import { bodyOf } from './repository-routes.ts';
import { apiUrl } from './repository-resource.ts';
import type { Pull, Repository } from './state.ts';

const REPO = '/repos/:owner/:repo';
export const MAX_BODY = 65_536;
const MAX_TITLE = 256;

export function pullRoutes(context: GithubContext): Readonly<Record<string, GithubHandler>> {
  return {
    [`GET ${REPO}/pulls`]: (call) => list(context, call),
    [`POST ${REPO}/pulls`]: (call) => create(context, call),
    [`GET ${REPO}/pulls/:number`]: async (call) => {
      const repository = findRepository(context, call);
      const pull = findPull(repository, call);
      const figures = await readFigures(context, repository, pull);
      return { status: 200, body: fullPull(context.baseUrl(), repository, pull, figures) };
    },
    [`PATCH ${REPO}/pulls/:number`]: (call) => update(context, call),
    [`GET ${REPO}/pulls/:number/commits`]: async (call) => {
      const repository = findRepository(context, call);
      const commits = await commitsOf(context, repository, findPull(repository, call));
      const { items, headers } = paginate(call, context.baseUrl(), commits);
      const body = items.map((commit) => commitResource(context.baseUrl(), repository, commit));
      return { status: 200, headers, body };
    },
    [`GET ${REPO}/pulls/:number/merge`]: (call) => {
      const pull = findPull(findRepository(context, call), call);
      if (pull.mergedAt === null) throw githubError(404, 'Not Found');
      return { status: 204 };
    },
    [`PUT ${REPO}/pulls/:number/merge`]: (call) => mergePull(context, call),
  };
}

/** Oldest first; of a merged one too: what its head has that its base had not. */
async function commitsOf(context: GithubContext, repository: Repository, pull: Pull) {
  const directory = gitDirectory(context, repository);
  return (await readCommits(directory, `${pull.baseSha}..${pull.headSha}`)).toReversed();
}

function list(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const query = call.url.searchParams;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const sort = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  const found = repository.pulls
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => head === null || `${OWNER}:${pull.branch}` === head)
    .filter((pull) => base === null || pull.base === base)
    .sort((a, b) => sign * (a[sort] - b[sort] || a.number - b.number));
  const { items, headers } = paginate(call, context.baseUrl(), found);
  const body = items.map((pull) => simplePull(context.baseUrl(), repository, pull));
  return { status: 200, headers, body };
}

async function create(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const input = bodyOf(call);
  const title = readTitle(input['title']);
  const body = readBody(input['body']);
  const branch = (text(input['head']) ?? '').replace(new RegExp(`^${OWNER}:`), '');
  const base = text(input['base']) ?? '';
  return context.exclusively(repository, async () => {
    const [headSha, baseSha] = [repository.branches[branch], repository.branches[base]];
    if (!headSha) throw invalid('PullRequest', 'head');
    if (!baseSha) throw invalid('PullRequest', 'base');
    const ahead = await count(gitDirectory(context, repository), `${baseSha}..${headSha}`);
    if (ahead === 0) throw refused('PullRequest', `No commits between ${base} and ${branch}`);
    if (openFor(repository, branch, base)) {
      const message = `A pull request already exists for ${OWNER}:${branch}.`;
      throw refused('PullRequest', message);
    }
    const now = Date.now();
    const pull: Pull = {
      id: drawId(context),
      number: repository.nextNumber++,
      author: signedIn(call).id,
      createdAt: now,
      updatedAt: now,
      draft: input['draft'] === true,
      state: 'open',
      ...{ branch, base, title, body, headSha, baseSha },
      ...{ closedAt: null, mergedAt: null, mergedBy: null, mergeCommit: null },
      ...{ reviews: [], comments: [] },
    };
    repository.pulls.push(pull);
    context.ledger.effect('pull', `${repository.fullName}/pull/${branch}/opened`);
    announcePull(context, repository, pull, signedIn(call), { action: 'opened' });
    context.ledger.commit();
    const figures = await readFigures(context, repository, pull, true);
    const location = `${apiUrl(context.baseUrl(), repository)}/pulls/${pull.number}`;
    const resource = fullPull(context.baseUrl(), repository, pull, figures);
    return { status: 201, headers: { location }, body: resource };
  });
}

function openFor(repository: Repository, branch: string, base: string): boolean {
  return repository.pulls.some(
    (pull) => pull.state === 'open' && pull.branch === branch && pull.base === base,
  );
}

function update(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const pull = findPull(repository, call);
  const input = bodyOf(call);
  const person = signedIn(call);
  const before = { title: pull.title, body: pull.body };
  const title = input['title'] === undefined ? pull.title : readTitle(input['title']);
  const body = input['body'] === undefined ? pull.body : readBody(input['body']);
  const { state } = input;
  if (state === 'open' && pull.mergedAt !== null) {
    throw refused('PullRequest', 'state cannot be changed. The pull request is merged.');
  }
  pull.title = title;
  pull.body = body;
  if (title !== before.title || body !== before.body) {
    pull.updatedAt = Date.now();
    const changes = {
      ...(title === before.title ? {} : { title: { from: before.title } }),
      ...(body === before.body ? {} : { body: { from: before.body ?? '' } }),
    };
    announcePull(context, repository, pull, person, { action: 'edited', changes });
  }
  if (state === 'closed' && pull.state === 'open') {
    closePull(context, repository, pull, person, null);
  } else if (state === 'open' && pull.state === 'closed') {
    pull.state = 'open';
    pull.closedAt = null;
    pull.updatedAt = Date.now();
    context.ledger.effect('pull', `${repository.fullName}/pull/${pull.branch}/reopened`);
    announcePull(context, repository, pull, person, { action: 'reopened' });
  }
  context.ledger.commit();
  return {
    status: 200,
    body: fullPull(context.baseUrl(), repository, pull, UNKNOWN_FIGURES),
  };
}

function readTitle(value: unknown): string {
  const title = text(value)?.trim() ?? '';
  if (title === '') throw invalid('PullRequest', 'title', 'missing_field');
  if (title.length > MAX_TITLE) {
    throw refused('PullRequest', 'title is too long (maximum is 256 characters)');
  }
  return title;
}

function readBody(value: unknown): string | null {
  const body = text(value) ?? null;
  if (body !== null && body.length > MAX_BODY) {
    throw refused('PullRequest', 'body is too long (maximum is 65536 characters)');
  }
  return body;
}
