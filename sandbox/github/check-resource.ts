import { simpleCommit } from './commit-resource.ts';
import type { CommitRecord } from './git.ts';
import { minimalPull } from './pull-resource.ts';
import {
  apiUrl,
  htmlUrl,
  minimalRepository,
  nodeId,
  ownerResource,
  time,
  timeOrNull,
} from './repository-resource.ts';
import type { CheckRun, Repository } from './state.ts';

/** The app whose checks these are. */
function ciApp(baseUrl: string) {
  return {
    id: 15_368,
    slug: 'sandbox-ci',
    node_id: nodeId('App', 15_368),
    name: 'Sandbox CI',
    description: 'Runs the repository’s own ci.sh',
    external_url: baseUrl,
    html_url: `${baseUrl}/apps/sandbox-ci`,
    created_at: '2026-01-05T09:00:00Z',
    updated_at: '2026-01-05T09:00:00Z',
    permissions: { checks: 'write', contents: 'read', metadata: 'read' },
    events: ['push'],
    owner: ownerResource(baseUrl),
  };
}

function pullsOf(baseUrl: string, repository: Repository, { sha }: CheckRun) {
  return repository.pulls
    .filter((pull) => pull.state === 'open' && pull.headSha === sha)
    .map((pull) => minimalPull(baseUrl, repository, pull));
}

export function checkRunResource(baseUrl: string, repository: Repository, run: CheckRun) {
  const url = `${apiUrl(baseUrl, repository)}/check-runs/${run.id}`;
  const html = `${htmlUrl(baseUrl, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.sha,
    name: run.name,
    external_id: '',
    url,
    html_url: html,
    details_url: html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timeOrNull(run.startedAt),
    completed_at: timeOrNull(run.completedAt),
    output: {
      title: run.summary ? `${run.name}: ${run.conclusion ?? run.status}` : null,
      summary: run.summary,
      text: run.text,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: ciApp(baseUrl),
    pull_requests: pullsOf(baseUrl, repository, run),
  };
}

/** A suite holds the one run of its push, and says what that says. */
export function checkSuiteResource(
  baseUrl: string,
  repository: Repository,
  run: CheckRun,
  commit: CommitRecord,
) {
  const url = `${apiUrl(baseUrl, repository)}/check-suites/${run.suiteId}`;
  return {
    id: run.suiteId,
    node_id: nodeId('CheckSuite', run.suiteId),
    head_branch: run.branch,
    head_sha: run.sha,
    status: run.status,
    conclusion: run.conclusion,
    url,
    before: run.before,
    after: run.sha,
    pull_requests: pullsOf(baseUrl, repository, run),
    app: ciApp(baseUrl),
    repository: minimalRepository(baseUrl, repository),
    created_at: time(run.createdAt),
    updated_at: time(run.completedAt ?? run.startedAt ?? run.createdAt),
    head_commit: simpleCommit(commit),
    latest_check_runs_count: 1,
    check_runs_url: `${url}/check-runs`,
  };
}
