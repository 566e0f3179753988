import { expect, test } from '@jest/globals';
import { openGithub, secrets } from '../../sandbox/github/github-fixture.ts';
import { startRecordedVendor } from '../conformance.ts';
import { gitConformance } from './conformance.ts';
import { createGit } from './git.ts';
import { createGithubForge } from './github.ts';
import { gitFailure } from './run-git.ts';

const repository = 'shop/checkout';

gitConformance('git over HTTP', async () => {
  const github = await openGithub('true\n');
  const gitUrl = github.url();
  const token = secrets.GITHUB_TOKEN;
  const forge = createGithubForge({ apiUrl: gitUrl, token });
  const card = { title: 't', parts: [], actions: [], footer: null };
  const head = async (branch: string) => {
    const answer = await fetch(
      `${gitUrl}/repos/${repository}/branches/${encodeURIComponent(branch)}`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
    if (!answer.ok) return null;
    return ((await answer.json()) as { commit: { sha: string } }).commit.sha;
  };
  return {
    git: createGit({ gitUrl, readToken: null, writeToken: token }),
    powerless: createGit({ gitUrl, readToken: token, writeToken: 'wrong' }),
    repository,
    defaultBranch: 'main',
    push: (branch, file, content, from) =>
      github.push(branch, { [file]: content }, from === undefined ? {} : { from }),
    merge: async (branch) => {
      const input = { repository, branch, base: 'main', title: branch, card };
      const { number, headCommit } = await forge.openPullRequest(input);
      return (await forge.merge({ repository, number, headCommit })).mergeCommit;
    },
    head,
    close: () => github.close(),
  };
});

test.each([
  [500, 'IntegrationUnavailable'],
  [429, 'RateLimited'],
  [401, 'NotAuthorized'],
  [403, 'NotAuthorized'],
  [404, 'IntegrationRejected'],
])('a forge that answers git with %i: %s, and no credential in it', async (status, kind) => {
  const vendor = await startRecordedVendor(() => ({ status, body: 'no' }));
  const git = createGit({ gitUrl: vendor.url, readToken: 'do-not-show', writeToken: 'w' });
  const directory = '/tmp/baton-never-cloned';
  const cloning = git.clone({ repository, ref: 'main', directory });
  await expect(cloning).rejects.toMatchObject({
    kind,
    message: expect.not.stringContaining('do-not-show'),
  });
  await vendor.close();
});

test('a forge that does not answer git ends with the limit', async () => {
  const vendor = await startRecordedVendor(() => undefined);
  const git = createGit({ gitUrl: vendor.url, readToken: null, writeToken: 'w', timeoutMs: 300 });
  const cloning = git.clone({ repository, ref: 'main', directory: '/tmp/baton-never-cloned' });
  await expect(cloning).rejects.toMatchObject({ kind: 'IntegrationUnavailable' });
  await vendor.close();
});

test('the credential goes to the forge and to nobody else', async () => {
  const seen: (string | undefined)[] = [];
  const vendor = await startRecordedVendor(({ headers }) => {
    seen.push(headers.authorization);
    return { status: 404 };
  });
  const git = createGit({ gitUrl: `${vendor.url}/forge`, readToken: 'token', writeToken: 'w' });
  const directory = '/tmp/baton-never-cloned';
  await git.clone({ repository, ref: 'main', directory }).catch(() => undefined);
  await vendor.close();
  const basic = Buffer.from('x-access-token:token').toString('base64');
  expect(new Set(seen)).toEqual(new Set([`Basic ${basic}`]));
});

test('nobody there is tried again, a refused push is not', () => {
  const kind = (stderr: string) => gitFailure(['push'], stderr).kind;
  expect(kind("fatal: unable to access 'http://x/': Could not resolve host: x")).toBe(
    'IntegrationUnavailable',
  );
  expect(kind(' ! [rejected]  main -> main (stale info)')).toBe('StateConflict');
  expect(kind('remote: error: GH006: Protected branch update failed')).toBe('IntegrationRejected');
});
