import { expect, test } from '@jest/globals';
import { openGithub, secrets } from '../../sandbox/github/github-fixture.ts';
import { failureConformance, SHORT_TIMEOUT_MS, startRecordedVendor } from '../conformance.ts';
import { ciConformance } from './conformance.ts';
import { createGithubChecks } from './github-checks.ts';

const repository = 'shop/checkout';
const commit = 'a'.repeat(40);

ciConformance('GitHub checks', async () => {
  const github = await openGithub('cat price.txt\ntest "$(cat price.txt)" != failed\n');
  const token = secrets.GITHUB_TOKEN;
  const answer = await fetch(`${github.url()}/repos/${repository}/branches/main`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { commit: head } = (await answer.json()) as { commit: { sha: string } };
  return {
    ci: createGithubChecks({ apiUrl: github.url(), token }),
    repository,
    untouched: head.sha,
    start: (result) => github.push(`baton/SHOP-1/${result}`, { 'price.txt': `${result}\n` }),
    close: () => github.close(),
  };
});

failureConformance('the checks adapter', ({ url, credential, signal }) =>
  createGithubChecks({ apiUrl: url, token: credential, timeoutMs: SHORT_TIMEOUT_MS }).readChecks({
    repository,
    commit,
    ...(signal && { signal }),
  }),
);

const run = (status: string, conclusion: string | null, name = 'ci') => ({
  name,
  status,
  conclusion,
});
const old = (state: string) => ({
  context: 'jenkins',
  state,
  target_url: null,
  description: 'old',
});

test.each([
  ['nothing', [], [], 'none'],
  ['queued', [run('queued', null)], [], 'pending'],
  ['success', [run('completed', 'success')], [], 'passed'],
  [
    'success beside a pending one',
    [run('completed', 'success'), run('in_progress', null)],
    [],
    'pending',
  ],
  [
    'failure beside a pending one',
    [run('completed', 'failure'), run('queued', null)],
    [],
    'failed',
  ],
  ['cancelled', [run('completed', 'success'), run('completed', 'cancelled')], [], 'failed'],
  ['timed out', [run('completed', 'timed_out')], [], 'failed'],
  ['waits for a person', [run('completed', 'action_required')], [], 'failed'],
  ['a conclusion nobody knows yet', [run('completed', 'brand_new')], [], 'failed'],
  ['skipped alone', [run('completed', 'skipped')], [], 'none'],
  [
    'neutral beside success',
    [run('completed', 'neutral'), run('completed', 'success')],
    [],
    'passed',
  ],
  ['a status nobody knows yet', [], [old('constructor')], 'failed'],
  ['an old status', [], [old('success')], 'passed'],
  [
    'an old status that failed beside success',
    [run('completed', 'success')],
    [old('error')],
    'failed',
  ],
  ['an old status that is pending', [run('completed', 'success')], [old('pending')], 'pending'],
])('%s is %s', async (_, checkRuns, statuses, state) => {
  const vendor = await startRecordedVendor(({ url }) => ({
    status: 200,
    body: url?.includes('check-runs')
      ? { total_count: checkRuns.length, check_runs: checkRuns }
      : { state: 'pending', statuses },
  }));
  const ci = createGithubChecks({ apiUrl: vendor.url, token: 'token' });
  expect((await ci.readChecks({ repository, commit })).state).toBe(state);
  await vendor.close();
});
