import { ACCOUNTS } from '../directory.ts';
import { announceUpdate } from './announce.ts';
import { addComment } from './comment-routes.ts';
import {
  failed,
  findIssue,
  record,
  type JiraCall,
  type JiraContext,
  type JiraHandler,
} from './context.ts';
import { editIssue } from './edit.ts';
import {
  project,
  status,
  statusId,
  transition,
  transitionId,
  user,
  type View,
} from './representation.ts';
import { PROJECT, STATUSES, type Issue } from './state.ts';

/** The site, its people, its one project, and the way through its statuses. */
export function siteRoutes(context: JiraContext): Readonly<Record<string, JiraHandler>> {
  return {
    'GET /myself': ({ view, person }) => ({ status: 200, body: user(view, person.id) }),
    'GET /serverInfo': ({ view }) => ({ status: 200, body: serverInfo(view) }),
    'GET /user': ({ view, url }) => {
      const accountId = url.searchParams.get('accountId');
      const person = ACCOUNTS.find(({ jiraAccount }) => jiraAccount === accountId);
      if (!person) throw failed(404, ['Specified user does not exist or you do not have access']);
      return { status: 200, body: user(view, person.id) };
    },
    'GET /user/search': ({ view, url }) => {
      const query = (url.searchParams.get('query') ?? '').toLowerCase();
      const found = ACCOUNTS.filter(({ name, email }) =>
        [name, email].some((text) => text.toLowerCase().includes(query)),
      );
      return { status: 200, body: found.map(({ id }) => user(view, id)) };
    },
    'GET /project/:project': ({ view, params }) => {
      if (params['project'] !== PROJECT.key && params['project'] !== PROJECT.id) {
        throw failed(404, [`No project could be found with key '${params['project'] ?? ''}'.`]);
      }
      return { status: 200, body: project(view) };
    },
    'GET /project/:project/statuses': ({ view }) => {
      const statuses = STATUSES.map((name) => status(view, name));
      return { status: 200, body: [{ id: '10001', name: 'Story', subtask: false, statuses }] };
    },
    'GET /status': ({ view }) => ({
      status: 200,
      body: STATUSES.map((name) => status(view, name)),
    }),
    'GET /issue/:issue/transitions': ({ view, params }) => {
      findIssue(context, params['issue']);
      const transitions = STATUSES.map((name) => transition(view, name));
      return { status: 200, body: { expand: 'transitions', transitions } };
    },
    'POST /issue/:issue/transitions': (call) => transit(context, call),
  };
}

function serverInfo({ baseUrl }: View) {
  const now = new Date().toISOString();
  return {
    baseUrl,
    displayUrl: baseUrl,
    version: '1001.0.0-SNAPSHOT',
    versionNumbers: [1001, 0, 0],
    deploymentType: 'Cloud',
    buildNumber: 100_300,
    buildDate: now,
    serverTime: now,
    scmInfo: '0000000',
    serverTitle: 'Sandbox Jira',
    defaultLocale: { locale: 'en_US' },
    serverTimeZone: 'UTC',
  };
}

function transit(context: JiraContext, call: JiraCall) {
  const issue = findIssue(context, call.params['issue']);
  const input = record(call.json());
  const { id } = record(input['transition']) as { readonly id?: string | number };
  const target = STATUSES.find((name) => transitionId(name) === String(id));
  if (!target) throw failed(400, [`Transition id '${id ?? ''}' is not valid for this issue.`]);
  if (input['fields'] !== undefined) editIssue(context, issue, call);
  move(context, issue, target, call.person.id);
  for (const operation of commentsOf(input['update'])) addComment(context, issue, call, operation);
  context.ledger.commit();
  return { status: 204 };
}

/**
 * Every status has a transition to itself, as a global transition has: it changes no field, and is
 * the same effect as the arrival it repeats.
 */
function move(context: JiraContext, issue: Issue, target: string, author: string): void {
  const from = issue.status;
  if (from !== target) issue.arrivals[target] = (issue.arrivals[target] ?? 0) + 1;
  issue.status = target;
  const times = issue.arrivals[target] ?? 0;
  context.ledger.effect('status', `${issue.key}/status/${target}/${times}`);
  const item = {
    field: 'status',
    fieldId: 'status',
    from: statusId(from),
    fromString: from,
    to: statusId(target),
    toString: target,
  };
  announceUpdate(context, issue, author, from === target ? [] : [item]);
}

function commentsOf(update: unknown): unknown[] {
  const { comment } = record(update);
  return Array.isArray(comment) ? comment.map((operation) => record(operation)['add']) : [];
}
