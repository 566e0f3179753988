import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openEffects, readEffects } from '../../sandbox/effects.ts';
import { startJira } from '../../sandbox/jira/jira.ts';
import type { SeedTicket } from '../../sandbox/jira/state.ts';
import { failureConformance, SHORT_TIMEOUT_MS, startRecordedVendor } from '../conformance.ts';
import { trackerConformance, type TrackerFixture } from './conformance.ts';
import { createJiraTracker } from './jira.ts';

const secrets = { JIRA_TOKEN: 'token', JIRA_WEBHOOK_SECRET: 'secret' };

async function openSandbox() {
  const dataDir = await mkdtemp(join(tmpdir(), 'baton-jira-'));
  const sample = new URL('../../sandbox/sample/tickets.json', import.meta.url);
  const { tickets } = JSON.parse(await readFile(sample, 'utf8')) as { tickets: SeedTicket[] };
  const gatewayUrl = 'http://127.0.0.1:9'; // nobody listens: deliveries are not of interest here
  const effects = openEffects(dataDir);
  const server = await startJira({ dataDir, port: 0, gatewayUrl, secrets, effects, tickets });
  const close = async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url: server.url, dataDir, close };
}

async function openFixture(apiVersion: '2' | '3', email?: string): Promise<TrackerFixture> {
  const { url, close } = await openSandbox();
  const comments = async (key: string) => {
    const answer = await fetch(`${url}/rest/api/2/issue/${key}/comment`, {
      headers: { authorization: 'Bearer token' },
    });
    const { comments: rows } = (await answer.json()) as { comments: { body: string }[] };
    return rows.map(({ body }) => body);
  };
  return {
    tracker: createJiraTracker({ url, apiVersion, email, token: 'token' }),
    project: 'SHOP',
    keys: ['SHOP-1', 'SHOP-2', 'SHOP-3'],
    first: 'To Do',
    second: 'Ready for build',
    comments,
    close,
  };
}

trackerConformance('Jira, version 3, Bearer', () => openFixture('3'));
trackerConformance('Jira, version 2, Basic', () => openFixture('2', 'baton@shop.example'));

failureConformance('the Jira adapter, reading', ({ url, credential, signal }) =>
  createJiraTracker({
    url,
    apiVersion: '3',
    token: credential,
    timeoutMs: SHORT_TIMEOUT_MS,
  }).readTicket({
    key: 'SHOP-1',
    ...(signal && { signal }),
  }),
);
failureConformance('the Jira adapter, commenting', ({ url, credential, signal }) =>
  createJiraTracker({
    url,
    apiVersion: '3',
    email: 'baton@shop.example',
    token: credential,
    timeoutMs: SHORT_TIMEOUT_MS,
  }).comment({
    key: 'SHOP-1',
    marker: 'm',
    card: { title: 't', parts: [], actions: [], footer: null },
    ...(signal && { signal }),
  }),
);

test('an effect is named by the marker and comes about once', async () => {
  const { url, dataDir, close } = await openSandbox();
  const tracker = createJiraTracker({ url, apiVersion: '3', token: 'token' });
  const card = { title: 't', parts: [], actions: [], footer: null };
  await tracker.comment({ key: 'SHOP-1', marker: 'intake/1', card });
  await tracker.comment({ key: 'SHOP-1', marker: 'intake/1', card });
  expect(readEffects(dataDir)).toEqual([
    { system: 'jira', kind: 'comment', key: 'SHOP-1/comment/intake/1', count: 1 },
  ]);
  await close();
});

test('Jira below a path, as Data Center stands: position pages, names instead of account ids', async () => {
  const fields = {
    summary: 'A ticket',
    description: 'h2. Goal: *x*\r\n{noformat}\r\nas it is\r\n{noformat}',
    status: { name: 'To Do' },
    reporter: { name: 'requester', displayName: 'Requester' },
    updated: '2026-11-20T11:00:00.000+0100',
  };
  const vendor = await startRecordedVendor((request, body) => {
    if (request.url === '/jira/rest/api/2/search') {
      const { startAt } = JSON.parse(body) as { startAt: number };
      const issues = Array.from({ length: startAt === 0 ? 100 : 20 }, (_, n) => ({
        key: `SHOP-${startAt + n + 1}`,
        fields: { status: { name: 'To Do' } },
      }));
      return { status: 200, body: { startAt, total: 120, issues } };
    }
    return { status: 200, body: { key: 'SHOP-1', fields } };
  });
  const tracker = createJiraTracker({
    url: `${vendor.url}/jira/`,
    apiVersion: '2',
    token: 'token',
  });
  const ticket = await tracker.readTicket({ key: 'SHOP-1' });
  const listed = await tracker.listTickets({ projects: ['SHOP'], statuses: ['To Do'], limit: 500 });
  await vendor.close();
  expect(ticket).toMatchObject({
    description: 'Goal: *x*\n\nas it is',
    reporter: { accountId: 'requester', name: 'Requester', email: null },
    url: `${vendor.url}/jira/browse/SHOP-1`,
    updatedAt: '2026-11-20T10:00:00.000Z',
    labels: [],
  });
  expect(listed).toHaveLength(120);
  expect(listed.at(-1)?.key).toBe('SHOP-120');
});

test('a project or status with quotes stays one string of JQL', async () => {
  const bodies: string[] = [];
  const vendor = await startRecordedVendor((_, body) => {
    bodies.push(body);
    return { status: 200, body: { issues: [], isLast: true } };
  });
  const tracker = createJiraTracker({ url: vendor.url, apiVersion: '3', token: 'token' });
  await tracker.listTickets({ projects: ['SHOP'], statuses: ['To" OR key > "A\\'], limit: 5 });
  await vendor.close();
  const { jql } = JSON.parse(bodies[0] ?? '') as { jql: string };
  expect(jql).toContain('status in ("To\\" OR key > \\"A\\\\")');
});
