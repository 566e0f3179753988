import { createHmac } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Octokit } from 'octokit';
import { readEffects } from '../effects.ts';
import type { HttpRequest } from '../http-server.ts';
import { createOpenApiCheck, type Exchange } from './conformance.ts';
import { openGithub, secrets, type GithubFixture } from './github-fixture.ts';

const repo = { owner: 'shop', repo: 'checkout' };
const SCRIPT = 'set -e\necho "price is $(cat price.txt)"\ntest "$(cat price.txt)" != broken\n';

let github: GithubFixture;
let exchanges: Exchange[];
let check: ReturnType<typeof createOpenApiCheck>;

beforeAll(() => {
  check = createOpenApiCheck();
});

beforeEach(async () => {
  exchanges = [];
  github = await openGithub(SCRIPT);
});

afterEach(async () => {
  await github.close();
});

/** Everything that octokit says and hears is kept, to be held to GitHub's document afterwards. */
async function recording(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  const text = await response.clone().text();
  exchanges.push({
    method: init.method ?? 'GET',
    path: new URL(url).pathname.replace('/api/v3', ''),
    requestBody: typeof init.body === 'string' && init.body ? JSON.parse(init.body) : undefined,
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
  });
  return response;
}

const octokit = (options: { login?: string; throttled?: boolean } = {}) => {
  const client = new Octokit({
    baseUrl: `${github.url()}/api/v3`,
    ...(options.login ? {} : { auth: secrets.GITHUB_TOKEN }),
    request: { fetch: recording },
    throttle: {
      enabled: options.throttled ?? false,
      onRateLimit: () => true,
      onSecondaryRateLimit: () => true,
    },
    retry: { enabled: options.throttled ?? false },
  });
  const { login } = options;
  if (login) {
    const basic = Buffer.from(`${login}:${secrets.GITHUB_TOKEN}`).toString('base64');
    client.hook.before('request', (request) => {
      request.headers.authorization = `Basic ${basic}`;
    });
  }
  return client.rest;
};

const openPull = async (branch = 'baton/SHOP-1/1', content = '2\n') => {
  const sha = await github.push(branch, { 'price.txt': content });
  const request = { ...repo, head: branch, base: 'main', title: 'Prices', body: 'Why' };
  const { data } = await octokit().pulls.create(request);
  return { sha, number: data.number };
};

const eventOf = (delivery: HttpRequest) => delivery.headers['x-github-event'];
const payloadOf = (delivery: HttpRequest) =>
  JSON.parse(delivery.body.toString()) as { action?: string; ref?: string };
const is = (event: string, action?: string) => (delivery: HttpRequest) =>
  eventOf(delivery) === event && payloadOf(delivery).action === action;
const countedEffects = () => readEffects(github.dataDir).map(({ key, count }) => [key, count]);

describe('held to GitHub’s own description', () => {
  test('every request of a change’s way and every answer conforms', async () => {
    const bot = octokit();
    const reviewer = octokit({ login: 'reviewer' });
    const { sha, number } = await openPull();
    const pull = { ...repo, pull_number: number };
    const issue = { ...repo, issue_number: number };
    await github.receiver.next(is('check_suite', 'completed'), 10_000);
    await bot.repos.get(repo);
    await bot.repos.getBranch({ ...repo, branch: 'baton/SHOP-1/1' });
    await bot.repos.listBranches(repo);
    await bot.git.getRef({ ...repo, ref: 'heads/main' });
    await bot.git.createRef({ ...repo, ref: 'refs/heads/side', sha });
    await bot.git.updateRef({ ...repo, ref: 'heads/side', sha });
    await bot.git.deleteRef({ ...repo, ref: 'heads/side' });
    await bot.pulls.list({ ...repo, head: 'shop:baton/SHOP-1/1', state: 'all' });
    await bot.pulls.update({ ...pull, body: 'Why, said better' });
    await reviewer.pulls.createReview({ ...pull, event: 'APPROVE', commit_id: sha });
    await bot.pulls.listReviews(pull);
    await bot.pulls.listCommits(pull);
    const { data: comment } = await bot.issues.createComment({ ...issue, body: 'Noted' });
    await bot.issues.updateComment({ ...repo, comment_id: comment.id, body: 'Noted.' });
    await bot.issues.listComments(issue);
    await bot.checks.listForRef({ ...repo, ref: sha });
    await bot.checks.listSuitesForRef({ ...repo, ref: sha });
    await bot.repos.getCombinedStatusForRef({ ...repo, ref: sha });
    await bot.repos.listCommits({ ...repo, sha });
    await bot.repos.getCommit({ ...repo, ref: sha });
    await bot.repos.compareCommitsWithBasehead({ ...repo, basehead: `main...${sha}` });
    await bot.repos.getContent({ ...repo, path: 'ci.sh', ref: sha });
    await bot.users.getAuthenticated();
    await bot.rateLimit.get();
    await bot.pulls.merge({ ...pull, sha });
    await bot.pulls.get(pull);
    await bot.repos.listWebhooks(repo);
    const hook = { ...repo, hook_id: 1 };
    const { data: deliveries } = await bot.repos.listWebhookDeliveries(hook);
    const delivery = { ...hook, delivery_id: deliveries[0]?.id ?? 0 };
    await bot.repos.getWebhookDelivery(delivery);
    await bot.repos.redeliverWebhookDelivery(delivery);
    const faults = exchanges.map((exchange) => check(exchange)).filter((one) => one.faults.length);
    expect(faults).toEqual([]);
    expect(exchanges).toHaveLength(31);
  }, 30_000);

  test('refusals conform too, and refuse what GitHub refuses', async () => {
    const bot = octokit();
    const { number } = await openPull();
    const pull = { ...repo, pull_number: number };
    const refusals: [number, () => Promise<unknown>][] = [
      [422, () => bot.pulls.create({ ...repo, head: 'baton/SHOP-1/1', base: 'main', title: 'x' })],
      [422, () => bot.pulls.create({ ...repo, head: 'nowhere', base: 'main', title: 'x' })],
      [422, () => bot.pulls.createReview({ ...pull, event: 'APPROVE' })],
      [409, () => bot.pulls.merge({ ...pull, sha: '0'.repeat(40) })],
      [404, () => bot.pulls.get({ ...repo, pull_number: 99 })],
      [404, () => bot.repos.get({ owner: 'shop', repo: 'nothing' })],
      [404, () => bot.git.getRef({ ...repo, ref: 'heads/nowhere' })],
    ];
    exchanges = [];
    for (const [status, request] of refusals) {
      await expect(request()).rejects.toMatchObject({ status });
    }
    const faults = exchanges.map((exchange) => check(exchange)).filter((one) => one.faults.length);
    expect(faults).toEqual([]);
  });
});

test('octokit with its throttling and retries talks to it', async () => {
  const { data } = await octokit({ throttled: true }).repos.get(repo);
  expect(data.default_branch).toBe('main');
});

test('a push is followed by the repository’s own CI, which passes or fails on its merits', async () => {
  const good = await github.push('good', { 'price.txt': '2\n' });
  const bad = await github.push('bad', { 'price.txt': 'broken\n' });
  const finished = (sha: string) => (delivery: HttpRequest) =>
    is('check_run', 'completed')(delivery) && delivery.body.includes(sha);
  await github.receiver.next(finished(good), 10_000);
  await github.receiver.next(finished(bad), 10_000);
  const read = async (ref: string) =>
    (await octokit().checks.listForRef({ ...repo, ref })).data.check_runs.map((run) => ({
      name: run.name,
      conclusion: run.conclusion,
      text: run.output.text,
    }));
  expect(await read(good)).toEqual([{ name: 'ci', conclusion: 'success', text: 'price is 2\n' }]);
  expect(await read(bad)).toEqual([
    { name: 'ci', conclusion: 'failure', text: 'price is broken\n' },
  ]);
}, 20_000);

test('a merge is a real commit with two parents, once, and only of the expected head', async () => {
  const { sha, number } = await openPull();
  const pull = { ...repo, pull_number: number };
  const { data } = await octokit().pulls.merge({ ...pull, sha });
  const { data: main } = await octokit().repos.getBranch({ ...repo, branch: 'main' });
  expect(main.commit.sha).toBe(data.sha);
  expect(main.commit.parents.map((parent) => parent.sha)).toContain(sha);
  await expect(octokit().pulls.merge({ ...pull, sha })).rejects.toMatchObject({ status: 405 });
  const { data: after } = await octokit().pulls.get(pull);
  expect(after).toMatchObject({ merged: true, state: 'closed', merge_commit_sha: data.sha });
  expect(countedEffects()).toContainEqual(['shop/checkout/pull/baton/SHOP-1/1/merged', 1]);
});

test('a conflict is not mergeable, and says so', async () => {
  const first = await openPull('one', '2\n');
  const second = await openPull('two', '3\n');
  await octokit().pulls.merge({ ...repo, pull_number: first.number });
  const pull = { ...repo, pull_number: second.number };
  expect((await octokit().pulls.get(pull)).data.mergeable).toBe(false);
  await expect(octokit().pulls.merge(pull)).rejects.toMatchObject({ status: 405 });
});

test('a push moves its pull request, and one that contains its head into main merges it', async () => {
  const { number } = await openPull();
  const pull = { ...repo, pull_number: number };
  const next = await github.push(
    'baton/SHOP-1/1',
    { 'price.txt': '5\n' },
    { from: 'baton/SHOP-1/1' },
  );
  expect((await octokit().pulls.get(pull)).data.head.sha).toBe(next);
  await github.receiver.next(is('pull_request', 'synchronize'));
  await github.push('main', { 'more.txt': 'x' }, { from: 'baton/SHOP-1/1', author: 'operator' });
  expect((await octokit().pulls.get(pull)).data).toMatchObject({ merged: true });
});

test('an author is named by login where the e-mail is known', async () => {
  await github.push('known', { 'a.txt': '1' }, { author: 'developer' });
  await github.push('unknown', { 'a.txt': '1' }, { author: 'stranger' });
  const author = async (ref: string) =>
    (await octokit().repos.getCommit({ ...repo, ref })).data.author?.login;
  expect(await author('known')).toBe('developer');
  expect(await author('unknown')).toBeUndefined();
});

test.each([
  ['nobody', ''],
  ['a wrong token', 'x-access-token:wrong'],
  ['a stranger', `stranger:${secrets.GITHUB_TOKEN}`],
])('a push by %s is refused and leaves nothing', async (_, credential) => {
  await expect(github.push('b', { 'a.txt': '1' }, { credential })).rejects.toThrow();
  expect(readEffects(github.dataDir)).toEqual([]);
});

test('a comment written twice is two comments and one effect counted twice', async () => {
  const { number } = await openPull();
  const comment = { ...repo, issue_number: number, body: 'Hello <!-- baton:review/1 -->' };
  await octokit().issues.createComment(comment);
  await octokit().issues.createComment(comment);
  const subject = 'shop/checkout/pull/baton/SHOP-1/1/comment';
  expect(countedEffects()).toContainEqual([`${subject}/baton:review/1`, 2]);
});

test('a webhook is signed over its raw body, not retried, and redelivered under its own id', async () => {
  await github.push('signed', { 'a.txt': '1' });
  const delivery = await github.receiver.next(is('push'));
  const hmac = createHmac('sha256', secrets.GITHUB_WEBHOOK_SECRET).update(delivery.body);
  expect(delivery.headers['x-hub-signature-256']).toBe(`sha256=${hmac.digest('hex')}`);
  const hook = { ...repo, hook_id: 1 };
  const list = async () => (await octokit().repos.listWebhookDeliveries(hook)).data;
  const guid = delivery.headers['x-github-delivery'];
  const known = (await list()).find((one) => one.guid === guid);
  await octokit().repos.redeliverWebhookDelivery({ ...hook, delivery_id: known?.id ?? 0 });
  const same = () =>
    github.receiver.received.filter((one) => one.headers['x-github-delivery'] === guid);
  await github.receiver.next(() => same().length === 2);
  expect(same()[1]?.body.equals(delivery.body)).toBe(true);
});

test('after a restart all is there, and a CI run that was cut is run again', async () => {
  await github.close();
  github = await openGithub('test -e "$TMPDIR/../sandbox-go" || sleep 60', { ciTimeLimitMs: 500 });
  const { sha, number } = await openPull();
  await github.receiver.next(is('check_run', 'created'));
  await github.restart();
  const { data } = await octokit().pulls.get({ ...repo, pull_number: number });
  expect(data.head.sha).toBe(sha);
  const done = await github.receiver.next(is('check_run', 'completed'), 10_000);
  expect(payloadOf(done)).toMatchObject({ check_run: { head_sha: sha, conclusion: 'timed_out' } });
  expect(countedEffects()).toContainEqual([`shop/checkout/check/${sha}/ci`, 1]);
}, 20_000);
