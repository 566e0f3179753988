import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createCloudClient } from 'jira.js/cloud';
import { openEffects, readEffects } from '../effects.ts';
import type { HttpRequest } from '../http-server.ts';
import { startReceiver, type Receiver } from '../receiver.ts';
import { startJira } from './jira.ts';

const secrets = { JIRA_TOKEN: 'token-of-the-test', JIRA_WEBHOOK_SECRET: 'secret-of-the-test' };
const tickets = [
  {
    key: 'SHOP-1',
    summary: 'Ship for free',
    description: 'Goal: free shipping\nfrom 50 EUR\n\nScenario: AC-1',
    labels: ['tier-2'],
    components: ['checkout'],
  },
  { key: 'SHOP-2', summary: 'Second', description: 'Goal: x', labels: [], components: [] },
];

let dataDir: string;
let receiver: Receiver;
let jira: Awaited<ReturnType<typeof startJira>>;

const start = (port = 0) =>
  startJira({
    dataDir,
    port,
    secrets,
    tickets,
    gatewayUrl: receiver.url,
    effects: openEffects(dataDir),
    retryDelaysMs: [10, 10, 10, 10, 30_000],
  });
const as = (email: string) =>
  createCloudClient({
    host: jira.url,
    auth: { type: 'basic', email, apiToken: secrets.JIRA_TOKEN },
    onSchemaMismatch: 'throw',
  });
const bot = { authorization: `Bearer ${secrets.JIRA_TOKEN}`, 'content-type': 'application/json' };
const request = async (method: string, path: string, body?: unknown) => {
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${jira.url}${path}`, { method, headers: bot, ...payload });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as unknown) : undefined };
};
const bodyOf = (delivery: HttpRequest) =>
  JSON.parse(delivery.body.toString()) as { webhookEvent: string };
const is = (event: string) => (delivery: HttpRequest) => bodyOf(delivery).webhookEvent === event;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'sandbox-jira-'));
  receiver = await startReceiver();
  jira = await start();
});

afterEach(async () => {
  await jira.close();
  await receiver.close();
  rmSync(dataDir, { recursive: true });
});

describe('driven by jira.js, which checks every answer against its schemas', () => {
  test('a ticket is read, commented, moved and found', async () => {
    const client = as('requester@shop.example');
    expect((await client.myself.getCurrentUser()).accountId).toBe('acc-requester');
    expect((await client.serverInfo.getServerInfo()).deploymentType).toBe('Cloud');
    expect((await client.projects.getProject({ projectIdOrKey: 'SHOP' })).name).toBe('Shop');
    await client.issueComments.addComment({
      issueIdOrKey: 'SHOP-1',
      body: {
        type: 'doc',
        version: 1,
        content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Two days, please.' }] }],
      },
    });
    const { comments = [] } = await client.issueComments.getComments({ issueIdOrKey: 'SHOP-1' });
    expect(comments.map(({ author }) => author?.displayName)).toEqual(['Requester']);
    const { transitions = [] } = await client.issues.getTransitions({ issueIdOrKey: 'SHOP-1' });
    const ready = transitions.find(({ name }) => name === 'Ready for build');
    await client.issues.doTransition({
      issueIdOrKey: 'SHOP-1',
      transition: { id: ready?.id ?? '' },
    });
    const found = await client.issueSearch.searchAndReconsileIssuesUsingJqlPost({
      jql: 'project = SHOP AND status = "Ready for build" AND updated >= -5m ORDER BY updated DESC',
      fields: ['status', 'summary'],
    });
    expect(found.issues?.map(({ key }) => key)).toEqual(['SHOP-1']);
    expect(found.isLast).toBe(true);
    const issue = await client.issues.getIssue({ issueIdOrKey: 'SHOP-1', expand: 'changelog' });
    expect(issue.changelog?.histories?.[0]?.items?.[0]?.fieldId).toBe('status');
  });

  test('an edited description and an issue property are read back', async () => {
    const client = as('requester@shop.example');
    const text = { type: 'text', text: 'Goal: changed' };
    const description = {
      type: 'doc',
      version: 1,
      content: [{ type: 'paragraph', content: [text] }],
    };
    await client.issues.editIssue({ issueIdOrKey: 'SHOP-2', fields: { description } });
    const { fields } = await client.issues.getIssue({ issueIdOrKey: 'SHOP-2' });
    expect(fields?.['description']).toEqual(description);
    const property = { issueIdOrKey: 'SHOP-2', propertyKey: 'baton' };
    await client.issueProperties.setIssueProperty({
      ...property,
      body: { started: true },
    });
    const read = await client.issueProperties.getIssueProperty(property);
    expect(read.value).toEqual({ started: true });
  });
});

test('a comment created twice is two comments and one effect counted twice', async () => {
  const comment = { body: 'Started', properties: [{ key: 'baton', value: { key: 'intake' } }] };
  for (let n = 0; n < 2; n += 1) await request('POST', '/rest/api/2/issue/SHOP-1/comment', comment);
  const path = '/rest/api/2/issue/SHOP-1/comment?expand=properties';
  const list = (await request('GET', path)).body as { comments: { id: string }[] };
  expect(list.comments).toMatchObject([{ properties: comment.properties }, { body: 'Started' }]);
  expect(readEffects(dataDir)).toEqual([
    { system: 'jira', kind: 'comment', key: 'SHOP-1/comment/intake', count: 2 },
  ]);
  const id = list.comments[0]?.id ?? '';
  const edit = { body: 'Started, and going on' };
  expect((await request('PUT', `/rest/api/2/issue/SHOP-1/comment/${id}`, edit)).status).toBe(200);
  expect(readEffects(dataDir)).toHaveLength(1);
});

test('each arrival at a status is its own effect, and a move to the present one repeats it', async () => {
  const move = (id: string) =>
    request('POST', '/rest/api/2/issue/SHOP-1/transitions', { transition: { id } });
  for (const id of ['21', '31', '21', '21']) expect((await move(id)).status).toBe(204);
  expect(readEffects(dataDir).map(({ key, count }) => [key, count])).toEqual([
    ['SHOP-1/status/Ready for build/1', 1],
    ['SHOP-1/status/In Progress/1', 1],
    ['SHOP-1/status/Ready for build/2', 2],
  ]);
});

test('a webhook is signed over its raw body and tells who moved what', async () => {
  await as('requester@shop.example').issues.doTransition({
    issueIdOrKey: 'SHOP-1',
    transition: { id: '21' },
  });
  const delivery = await receiver.next(is('jira:issue_updated'));
  const hmac = createHmac('sha256', secrets.JIRA_WEBHOOK_SECRET).update(delivery.body);
  expect(delivery.url.pathname).toBe('/webhooks/jira');
  expect(delivery.headers['x-hub-signature']).toBe(`sha256=${hmac.digest('hex')}`);
  expect(delivery.headers['x-atlassian-webhook-identifier']).toMatch(/^[0-9a-f-]{36}$/);
  expect(bodyOf(delivery)).toMatchObject({
    user: { accountId: 'acc-requester' },
    issue: { key: 'SHOP-1', fields: { description: tickets[0]?.description } },
    changelog: { items: [{ field: 'status', fromString: 'To Do', toString: 'Ready for build' }] },
  });
});

test('a webhook that is refused for now is tried again under the same identifier', async () => {
  await receiver.close();
  receiver = await startReceiver(
    (_, nth) => (nth < 3 ? 503 : 200),
    Number(new URL(receiver.url).port),
  );
  await request('POST', '/rest/api/2/issue/SHOP-1/comment', { body: 'again' });
  const retry = (n: string) => (delivery: HttpRequest) =>
    delivery.headers['x-atlassian-webhook-retry'] === n;
  await receiver.next(retry('2'));
  const ids = receiver.received.map(({ headers }) => headers['x-atlassian-webhook-identifier']);
  expect(new Set(ids).size).toBe(1);
});

test('a webhook is duplicated or dropped when a fault asks for it', async () => {
  await request('POST', '/sandbox/faults', { dropRate: 1 });
  await request('POST', '/rest/api/2/issue/SHOP-1/comment', { body: 'lost' });
  await request('POST', '/sandbox/faults', { duplicate: 1 });
  await request('POST', '/rest/api/2/issue/SHOP-1/comment', { body: 'twice' });
  await receiver.next(() => receiver.received.length === 2);
  const texts = receiver.received.map(({ body }) => body.toString());
  expect(texts[0]).toContain('twice');
  expect(texts[1]).toBe(texts[0]);
});

test('after a restart everything is still there, and what was not delivered arrives', async () => {
  const gatewayPort = Number(new URL(receiver.url).port);
  await receiver.close();
  await request('POST', '/rest/api/2/issue/SHOP-1/comment', { body: 'while nobody listened' });
  await jira.close();
  receiver = await startReceiver(undefined, gatewayPort);
  const before = jira.url;
  jira = await start(Number(new URL(before).port));
  expect(jira.url).toBe(before);
  const delivery = await receiver.next(is('comment_created'));
  expect(bodyOf(delivery)).toMatchObject({ comment: { body: 'while nobody listened' } });
  const { body } = await request('GET', '/rest/api/2/issue/SHOP-1/comment');
  expect(body).toMatchObject({ total: 1 });
});

test.each([
  ['without credentials', 'GET', '/rest/api/2/myself', undefined, {}, 401],
  ['an unknown ticket', 'GET', '/rest/api/2/issue/SHOP-99', undefined, bot, 404],
  ['an empty comment', 'POST', '/rest/api/2/issue/SHOP-1/comment', { body: ' ' }, bot, 400],
  ['a text in version 3', 'POST', '/rest/api/3/issue/SHOP-1/comment', { body: 'x' }, bot, 400],
  ['an unknown transition', 'POST', '/rest/api/2/issue/SHOP-1/transitions', {}, bot, 400],
  ['a query without restriction', 'POST', '/rest/api/3/search/jql', { jql: '' }, bot, 400],
  ['an unknown JQL field', 'POST', '/rest/api/3/search/jql', { jql: 'x = 1' }, bot, 400],
  ['the removed search', 'POST', '/rest/api/3/search', { jql: 'project = SHOP' }, bot, 410],
] as const)('%s is refused', async (_, method, path, body, headers, status) => {
  const payload = body ? { body: JSON.stringify(body) } : {};
  const response = await fetch(`${jira.url}${path}`, { method, headers, ...payload });
  expect(response.status).toBe(status);
  expect(readEffects(dataDir)).toEqual([]);
});

test.each([
  ['status in ("To Do", "In Review") AND project = "SHOP"', ['SHOP-1', 'SHOP-2']],
  ['project in (SHOP) AND status not in (Done,"To Do")', []],
  ['key = SHOP-2', ['SHOP-2']],
  ['labels = tier-2 AND component = checkout', ['SHOP-1']],
  ['project = SHOP AND created <= -1h', []],
  ['statusCategory != Done AND updated >= "2020-01-01" ORDER BY key DESC', ['SHOP-2', 'SHOP-1']],
])('the query %s finds %j', async (jql, keys) => {
  const { body } = await request('POST', '/rest/api/3/search/jql', { jql, fields: ['status'] });
  expect((body as { issues: { key: string }[] }).issues.map(({ key }) => key)).toEqual(keys);
});

test('version 2 with a bearer token searches as Data Center does, in pages with a total', async () => {
  const input = { jql: 'project = SHOP', startAt: 1, maxResults: 1, fields: ['status'] };
  const { body } = await request('POST', '/rest/api/2/search', input);
  const fields = { status: { name: 'To Do' } };
  expect(body).toMatchObject({ startAt: 1, total: 2, issues: [{ key: 'SHOP-2', fields }] });
});

test('a transition whose comment is refused has not moved the ticket', async () => {
  const update = { comment: [{ add: { body: '' } }] };
  const answer = await request('POST', '/rest/api/2/issue/SHOP-1/transitions', {
    transition: { id: '21' },
    update,
  });
  expect(answer.status).toBe(400);
  const { body } = await request('GET', '/rest/api/2/issue/SHOP-1?fields=status');
  expect(body).toMatchObject({ fields: { status: { name: 'To Do' } } });
});
