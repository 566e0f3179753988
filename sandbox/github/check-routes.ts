import { checkRunResource, checkSuiteResource } from './check-resource.ts';
import {
  findRepository,
  githubError,
  paginate,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import { findCommit } from './repository-routes.ts';

const REPO = '/repos/:owner/:repo';

/** What CI says about a commit. Nothing was started: empty lists, which is not a success. */
export function checkRoutes(context: GithubContext): Readonly<Record<string, GithubHandler>> {
  return {
    [`GET ${REPO}/check-runs/:run`]: (call) => {
      const repository = findRepository(context, call);
      const run = repository.checkRuns.find(({ id }) => String(id) === call.params['run']);
      if (!run) throw githubError(404, 'Not Found');
      return { status: 200, body: checkRunResource(context.baseUrl(), repository, run) };
    },
    [`GET ${REPO}/commits/:ref/check-runs`]: async (call) => {
      const { repository, runs } = await find(context, call);
      const { items, headers } = paginate(call, context.baseUrl(), runs);
      const check_runs = items.map((run) => checkRunResource(context.baseUrl(), repository, run));
      return { status: 200, headers, body: { total_count: runs.length, check_runs } };
    },
    [`GET ${REPO}/commits/:ref/check-suites`]: async (call) => {
      const { repository, runs, commit } = await find(context, call);
      const { items, headers } = paginate(call, context.baseUrl(), runs);
      const check_suites = items.map((run) =>
        checkSuiteResource(context.baseUrl(), repository, run, commit),
      );
      return { status: 200, headers, body: { total_count: runs.length, check_suites } };
    },
  };
}

async function find(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const commit = await findCommit(context, repository, call.params['ref'] ?? '');
  const query = call.url.searchParams;
  const name = query.get('check_name');
  const status = query.get('status');
  const runs = repository.checkRuns
    .filter(({ sha }) => sha === commit.sha)
    .filter((run) => name === null || run.name === name)
    .filter((run) => status === null || run.status === status);
  return { repository, commit, runs };
}
