import { announceCreation } from './announce.ts';
import { checkPropertyValue } from './comment-routes.ts';
import {
  drawId,
  failed,
  findIssue,
  names,
  page,
  record,
  type JiraCall,
  type JiraContext,
  type JiraHandler,
} from './context.ts';
import { editIssue, readNames, readTextField } from './edit.ts';
import { change, issueResource } from './representation.ts';
import { searchIssues } from './search.ts';
import { newIssue, PROJECT, type Issue } from './state.ts';

export function issueRoutes(context: JiraContext): Readonly<Record<string, JiraHandler>> {
  return {
    'POST /issue': (call) => create(context, call),
    'GET /issue/:issue': (call) => read(context, call),
    'PUT /issue/:issue': (call) => {
      const issue = findIssue(context, call.params['issue']);
      editIssue(context, issue, call);
      context.ledger.commit();
      const wanted = call.url.searchParams.get('returnIssue') === 'true';
      return wanted
        ? { status: 200, body: issueResource(call.view, issue, ['*all']) }
        : { status: 204 };
    },
    'GET /issue/:issue/changelog': (call) => changelog(context, call),
    ...propertyRoutes(context),
    'GET /search/jql': (call) => search(context, call, Object.fromEntries(call.url.searchParams)),
    'POST /search/jql': (call) => search(context, call, record(call.json())),
    'GET /search': (call) => oldSearch(context, call, Object.fromEntries(call.url.searchParams)),
    'POST /search': (call) => oldSearch(context, call, record(call.json())),
  };
}

function create(context: JiraContext, call: JiraCall) {
  const fields = record(record(call.json())['fields']);
  const project = record(fields['project']);
  if (project['key'] !== PROJECT.key && project['id'] !== PROJECT.id) {
    throw failed(400, [], { project: 'Specify a valid project ID or key' });
  }
  const { summary } = fields;
  if (typeof summary !== 'string' || summary.trim() === '') {
    throw failed(400, [], { summary: 'You must specify a summary of the issue.' });
  }
  const issue = newIssue(
    {
      key: nextKey(context.state.value.issues),
      summary,
      description: readTextField(fields['description'], call.view.version),
      labels: readNames(fields['labels']),
      components: readNames(fields['components']),
      reporter: call.person.id,
    },
    drawId(context),
    Date.now(),
  );
  context.state.value.issues.push(issue);
  announceCreation(context, issue);
  context.ledger.commit();
  const self = `${call.view.baseUrl}/rest/api/${call.view.version}/issue/${issue.id}`;
  return { status: 201, body: { id: issue.id, key: issue.key, self } };
}

function nextKey(issues: readonly Issue[]): string {
  const numbers = issues.map(({ key }) => Number(key.split('-')[1]));
  return `${PROJECT.key}-${Math.max(0, ...numbers) + 1}`;
}

function read(context: JiraContext, call: JiraCall) {
  const issue = findIssue(context, call.params['issue']);
  const wanted = names(call.url, 'fields');
  const expand = names(call.url, 'expand');
  const properties = names(call.url, 'properties');
  const log = issue.changes.map((entry) => change(call.view, entry)).toReversed();
  const histories = { startAt: 0, maxResults: log.length, total: log.length, histories: log };
  const chosen = issue.properties.filter(
    ({ key }) => properties.includes('*all') || properties.includes(key),
  );
  return {
    status: 200,
    body: {
      ...issueResource(call.view, issue, wanted.length > 0 ? wanted : ['*all']),
      ...(expand.includes('changelog') ? { changelog: histories } : {}),
      ...(properties.length > 0
        ? { properties: Object.fromEntries(chosen.map(({ key, value }) => [key, value])) }
        : {}),
    },
  };
}

function changelog(context: JiraContext, call: JiraCall) {
  const issue = findIssue(context, call.params['issue']);
  const { startAt, maxResults } = page(call.url, 100);
  const values = issue.changes
    .slice(startAt, startAt + maxResults)
    .map((entry) => change(call.view, entry));
  const total = issue.changes.length;
  const isLast = startAt + values.length >= total;
  const self = `${call.view.baseUrl}${call.url.pathname}`;
  return { status: 200, body: { self, maxResults, startAt, total, isLast, values } };
}

function propertyRoutes(context: JiraContext): Readonly<Record<string, JiraHandler>> {
  const find = (call: JiraCall) => {
    const issue = findIssue(context, call.params['issue']);
    const key = call.params['property'] ?? '';
    return { issue, key, index: issue.properties.findIndex((property) => property.key === key) };
  };
  return {
    'GET /issue/:issue/properties': (call) => {
      const issue = findIssue(context, call.params['issue']);
      const base = `${call.view.baseUrl}/rest/api/${call.view.version}/issue/${issue.id}/properties`;
      const keys = issue.properties.map(({ key }) => ({ self: `${base}/${key}`, key }));
      return { status: 200, body: { keys } };
    },
    'GET /issue/:issue/properties/:property': (call) => {
      const { issue, index } = find(call);
      const property = issue.properties[index];
      if (!property) throw failed(404, ['The property does not exist.']);
      return { status: 200, body: property };
    },
    'PUT /issue/:issue/properties/:property': (call) => {
      const { issue, key, index } = find(call);
      const value = call.json();
      checkPropertyValue(value);
      if (index < 0) issue.properties.push({ key, value });
      else issue.properties[index] = { key, value };
      context.ledger.commit();
      return { status: index < 0 ? 201 : 200 };
    },
    'DELETE /issue/:issue/properties/:property': (call) => {
      const { issue, index } = find(call);
      if (index < 0) throw failed(404, ['The property does not exist.']);
      issue.properties.splice(index, 1);
      context.ledger.commit();
      return { status: 204 };
    },
  };
}

/** The enhanced search: without `fields` only ids are answered, and there is no total. */
function search(context: JiraContext, call: JiraCall, input: Record<string, unknown>) {
  const jql = typeof input['jql'] === 'string' ? input['jql'] : '';
  const found = searchIssues(context.state.value.issues, jql, Date.now());
  const start = Number(input['nextPageToken'] ?? 0);
  if (!Number.isInteger(start)) throw failed(400, ['The nextPageToken is not valid.']);
  const size = Math.min(Number(input['maxResults'] ?? 50) || 50, 5000);
  const fields = wantedFields(call, input);
  const isLast = start + size >= found.length;
  const issues = found.slice(start, start + size).map((issue) => {
    const { id, key, self, ...resource } = issueResource(call.view, issue, fields);
    return fields.length > 0 ? { ...resource, id, self, key } : { id };
  });
  return {
    status: 200,
    body: { issues, isLast, ...(isLast ? {} : { nextPageToken: String(start + size) }) },
  };
}

/**
 * Jira Cloud took this away in 2025 in favour of `/search/jql`; Data Center has only this. A bearer
 * token is Data Center's way to sign in, so version 2 with one is served as Data Center.
 */
function oldSearch(context: JiraContext, call: JiraCall, input: Record<string, unknown>) {
  const dataCenter = call.view.version === '2' && call.headers.authorization?.startsWith('Bearer ');
  if (!dataCenter) {
    throw failed(410, [
      'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.',
    ]);
  }
  const jql = typeof input['jql'] === 'string' ? input['jql'] : '';
  const found = searchIssues(context.state.value.issues, jql, Date.now());
  const startAt = Number(input['startAt'] ?? 0) || 0;
  const maxResults = Math.min(Number(input['maxResults'] ?? 50) || 50, 1000);
  const asked = wantedFields(call, input);
  const fields = asked.length > 0 ? asked : ['*navigable'];
  const issues = found
    .slice(startAt, startAt + maxResults)
    .map((issue) => issueResource(call.view, issue, fields));
  return { status: 200, body: { expand: '', startAt, maxResults, total: found.length, issues } };
}

function wantedFields(call: JiraCall, { fields }: Record<string, unknown>): string[] {
  return Array.isArray(fields) ? fields.map(String) : names(call.url, 'fields');
}
