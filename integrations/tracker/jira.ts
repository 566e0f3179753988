import { z } from 'zod';
import { ticketKey } from '../../domain/decision.schema.ts';
import { IntegrationError } from '../errors.ts';
import { adfNode, fromAdf } from './adf.ts';
import { connectJira, understand, type JiraClient, type JiraConnection } from './jira-client.ts';
import { writeComment } from './jira-comments.ts';
import type { TrackerPort, TrackerTicket } from './port.ts';
import { fromWiki } from './wiki-markup.ts';

const status = z.object({ name: z.string() });
const account = z.object({
  accountId: z.string().optional(),
  name: z.string().optional(),
  displayName: z.string().optional(),
  emailAddress: z.string().nullish(),
});
const issue = z.object({
  key: z.string(),
  fields: z.object({
    summary: z.string(),
    description: z.union([z.string(), adfNode]).nullish(),
    status,
    reporter: account.nullish(),
    labels: z.array(z.string()).nullish(),
    components: z.array(z.object({ name: z.string() })).nullish(),
    updated: z.string(),
  }),
});
const issueStatus = z.object({ fields: z.object({ status }) });
const transitions = z.object({
  transitions: z.array(z.object({ id: z.string(), to: status })),
});
const found = z.object({ key: z.string(), fields: z.object({ status }) });
const page = z.object({
  issues: z.array(found),
  nextPageToken: z.string().nullish(),
  isLast: z.boolean().nullish(),
});

const FIELDS = 'summary,description,status,reporter,labels,components,updated';

/** `TrackerPort` over Jira Cloud (API version 3) or Data Center (2), through jira-client. */
export function createJiraTracker(connection: JiraConnection): TrackerPort {
  const connect = (signal: AbortSignal | undefined) => connectJira(connection, signal);
  const site = connection.url.replace(/\/+$/, '');
  return {
    async readTicket({ key, signal }) {
      const answer = await connect(signal).findIssue(checked(key), '', FIELDS);
      return toTicket(site, understand(`reading ${key}`, answer, issue));
    },
    comment: ({ key, marker, card, signal }) =>
      writeComment(connect(signal), connection.apiVersion, { key: checked(key), marker, card }),
    transition: ({ key, status: wanted, signal }) =>
      transition(connect(signal), checked(key), wanted),
    listTickets: (input) => listTickets(connect(input.signal), connection.apiVersion, input),
  };
}

/** jira-client puts a key into the path undecoded: nothing but a key may pass. */
function checked(key: string): string {
  if (ticketKey.safeParse(key).success) return key;
  throw new IntegrationError(
    'IntegrationRejected',
    'jira',
    `${JSON.stringify(key.slice(0, 50))} is no ticket key`,
  );
}

function toTicket(site: string, { key, fields }: z.infer<typeof issue>): TrackerTicket {
  const { reporter, description, updated } = fields;
  return {
    key,
    title: fields.summary,
    description: toText(description),
    status: fields.status.name,
    reporter: reporter
      ? {
          // Data Center names people by user name.
          accountId: reporter.accountId ?? reporter.name ?? '',
          name: reporter.displayName ?? reporter.name ?? '',
          email: reporter.emailAddress ?? null,
        }
      : null,
    labels: fields.labels ?? [],
    components: (fields.components ?? []).map(({ name }) => name),
    url: `${site}/browse/${key}`,
    updatedAt: new Date(isoOffset(updated)).toISOString(),
  };
}

function toText(description: z.infer<typeof issue>['fields']['description']): string {
  if (description === null || description === undefined) return '';
  return typeof description === 'string' ? fromWiki(description) : fromAdf(description);
}

/** Jira writes `+0000`, which is not what `Date` must understand. */
function isoOffset(time: string): string {
  return time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}

async function transition(
  jira: JiraClient,
  key: string,
  wanted: string,
): Promise<{ readonly moved: boolean }> {
  if (same(await statusOf(jira, key), wanted)) return { moved: false };
  const answer = await jira.listTransitions(key);
  const offered = understand(`transitions of ${key}`, answer, transitions).transitions;
  const chosen = offered.find(({ to }) => same(to.name, wanted));
  if (chosen === undefined) {
    const names = offered.map(({ to }) => to.name).join(', ');
    const message = `${key} cannot be moved to ${wanted}: its workflow offers ${names || 'nothing'}`;
    throw new IntegrationError('IntegrationRejected', 'jira', message);
  }
  try {
    await jira.transitionIssue(key, { transition: { id: chosen.id } });
  } catch (error) {
    // Refused because somebody, perhaps an attempt of ours that was cut off, moved it just now.
    const refused = error instanceof IntegrationError && /Rejected|Conflict/.test(error.kind);
    if (refused && same(await statusOf(jira, key), wanted)) return { moved: false };
    throw error;
  }
  return { moved: true };
}

async function statusOf(jira: JiraClient, key: string): Promise<string> {
  const answer = await jira.findIssue(key, '', 'status');
  return understand(`reading the status of ${key}`, answer, issueStatus).fields.status.name;
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

async function listTickets(
  jira: JiraClient,
  apiVersion: '2' | '3',
  { projects, statuses, limit }: Parameters<TrackerPort['listTickets']>[0],
): Promise<{ readonly key: string; readonly status: string }[]> {
  if (projects.length === 0 || statuses.length === 0) return [];
  const jql = `project in (${quoted(projects)}) AND status in (${quoted(statuses)}) ORDER BY updated ASC`;
  const all: { key: string; status: string }[] = [];
  let next: Place | null =
    apiVersion === '3' ? { path: '/search/jql' } : { path: '/search', startAt: 0 };
  while (next !== null && all.length < limit) {
    const maxResults = Math.min(limit - all.length, 100);
    const { rows, after }: Found = await search(
      jira,
      { jql, fields: ['status'], maxResults },
      next,
    );
    all.push(...rows);
    next = after;
  }
  return all.slice(0, limit);
}

/** Cloud pages by token and removed `/search`; Data Center pages by position and has only that. */
type Place =
  | { readonly path: '/search/jql'; readonly nextPageToken?: string }
  | { readonly path: '/search'; readonly startAt: number };
interface Found {
  readonly rows: { key: string; status: string }[];
  readonly after: Place | null;
}

async function search(
  jira: JiraClient,
  query: { readonly jql: string; readonly fields: readonly string[]; readonly maxResults: number },
  { path, ...position }: Place,
): Promise<Found> {
  const answer = await ask(jira, path, { ...query, ...position });
  if (answer === 'removed') return search(jira, query, { path: '/search/jql' });
  const { issues, isLast, nextPageToken } = understand('searching tickets', answer, page);
  const rows = issues.map(({ key, fields }) => ({ key, status: fields.status.name }));
  if ('startAt' in position) {
    const startAt = position.startAt + rows.length;
    return { rows, after: rows.length < query.maxResults ? null : { path: '/search', startAt } };
  }
  const more = isLast !== true && nextPageToken;
  return { rows, after: more ? { path: '/search/jql', nextPageToken } : null };
}

/** Version 2 is spoken by Cloud too: there `/search` is gone. */
async function ask(jira: JiraClient, path: Place['path'], body: unknown): Promise<unknown> {
  try {
    return await jira.ask('POST', path, { body });
  } catch (error) {
    const refused = error instanceof IntegrationError && error.kind === 'IntegrationRejected';
    if (path === '/search' && refused) return 'removed';
    throw error;
  }
}

/** JQL's strings take a backslash before quotes and backslashes. */
function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(', ');
}
