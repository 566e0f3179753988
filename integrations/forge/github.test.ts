import { expect, test } from '@jest/globals';
import { openGithub, secrets, type GithubFixture } from '../../sandbox/github/github-fixture.ts';
import { failureConformance, SHORT_TIMEOUT_MS, startRecordedVendor } from '../conformance.ts';
import { forgeConformance } from './conformance.ts';
import { createGithubForge } from './github.ts';

const REPOSITORY = 'shop/checkout';
const CI = 'true\n';

async function asPerson(github: GithubFixture, login: string, path: string, body?: unknown) {
  const basic = Buffer.from(`${login}:${secrets.GITHUB_TOKEN}`).toString('base64');
  const answer = await fetch(`${github.url()}/repos/${REPOSITORY}${path}`, {
    headers: { authorization: `Basic ${basic}` },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return await answer.json();
}

forgeConformance('GitHub', async () => {
  const github = await openGithub(CI);
  const options = { apiUrl: `${github.url()}/api/v3/`, token: secrets.GITHUB_TOKEN };
  return {
    forge: createGithubForge(options),
    repository: REPOSITORY,
    defaultBranch: 'main',
    push: async (branch, file, content) => {
      const exists = await asPerson(github, 'developer', `/branches/${encodeURIComponent(branch)}`);
      const there = typeof exists === 'object' && exists !== null && 'commit' in exists;
      return github.push(branch, { [file]: content }, there ? { from: branch } : {});
    },
    approve: async (number) => {
      await asPerson(github, 'reviewer', `/pulls/${number}/reviews`, { event: 'APPROVE' });
    },
    comments: async (number) => {
      const rows = (await asPerson(github, 'reviewer', `/issues/${number}/comments`)) as {
        body: string;
      }[];
      return rows.map(({ body }) => body);
    },
    close: () => github.close(),
  };
});

failureConformance('the GitHub adapter, reading', ({ url, credential, signal }) =>
  createGithubForge({
    apiUrl: url,
    token: credential,
    timeoutMs: SHORT_TIMEOUT_MS,
  }).readPullRequest({
    repository: REPOSITORY,
    number: 1,
    ...(signal && { signal }),
  }),
);
failureConformance('the GitHub adapter, listing', ({ url, credential, signal }) =>
  createGithubForge({ apiUrl: url, token: credential, timeoutMs: SHORT_TIMEOUT_MS }).listReviews({
    repository: REPOSITORY,
    number: 1,
    ...(signal && { signal }),
  }),
);

const pull = (more: object) => ({
  number: 7,
  html_url: 'https://github.example/pull/7',
  state: 'open',
  title: 't',
  body: null,
  merged_at: null,
  merge_commit_sha: 'b'.repeat(40),
  head: { ref: 'baton/SHOP-1/1', sha: 'a'.repeat(40) },
  base: { ref: 'main' },
  ...more,
});
const merging = { repository: REPOSITORY, number: 7, headCommit: 'a'.repeat(40) };

test.each([
  ['Base branch was modified. Review and try the merge again.', 'IntegrationUnavailable'],
  ['Pull Request is not mergeable', 'IntegrationRejected'],
])('405 %j is %s', async (message, kind) => {
  const vendor = await startRecordedVendor(({ method }) =>
    method === 'PUT' ? { status: 405, body: { message } } : { status: 200, body: pull({}) },
  );
  const forge = createGithubForge({ apiUrl: vendor.url, token: 'token' });
  await expect(forge.merge(merging)).rejects.toMatchObject({ kind });
  await vendor.close();
});

test('405 because it was merged a moment ago: the merge is found', async () => {
  let merged = false;
  const vendor = await startRecordedVendor(({ method }) => {
    if (method !== 'PUT') {
      return {
        status: 200,
        body: pull(merged ? { state: 'closed', merged_at: '2026-11-20T10:00:00Z' } : {}),
      };
    }
    merged = true;
    return { status: 405, body: { message: 'Pull Request is not mergeable' } };
  });
  const forge = createGithubForge({ apiUrl: vendor.url, token: 'token' });
  expect(await forge.merge(merging)).toEqual({ mergeCommit: 'b'.repeat(40) });
  await vendor.close();
});

test('lists are read to their last page', async () => {
  const vendor = await startRecordedVendor(({ url }) => {
    const page = Number(new URL(url ?? '', 'http://x').searchParams.get('page'));
    const rows = Array.from({ length: page < 3 ? 100 : 1 }, (_, n) => ({
      id: page * 1_000 + n,
      user: { login: 'a-bot', type: 'Bot' },
      state: 'APPROVED',
      commit_id: 'a'.repeat(40),
    }));
    return { status: 200, body: rows };
  });
  const forge = createGithubForge({ apiUrl: vendor.url, token: 'token' });
  const reviews = await forge.listReviews({ repository: REPOSITORY, number: 1 });
  await vendor.close();
  expect(reviews).toHaveLength(201);
  expect(reviews[0]).toMatchObject({ isBot: true });
});

test('a pending review and one of a deleted account decide nothing', async () => {
  const body = [
    {
      id: 1,
      user: { login: 'reviewer', type: 'User' },
      state: 'PENDING',
      commit_id: 'a'.repeat(40),
    },
    { id: 2, user: null, state: 'APPROVED', commit_id: 'a'.repeat(40) },
    { id: 3, user: { login: 'reviewer' }, state: 'APPROVED', commit_id: null },
  ];
  const vendor = await startRecordedVendor(() => ({ status: 200, body }));
  const forge = createGithubForge({ apiUrl: vendor.url, token: 'token' });
  expect(await forge.listReviews({ repository: REPOSITORY, number: 1 })).toEqual([]);
  await vendor.close();
});
