import { ACCOUNTS, type Person } from '../directory.ts';
import { writeText } from './document.ts';
import { PROJECT, STATUSES, type Change, type Comment, type Issue } from './state.ts';

/** Which API version and server a resource is written for. */
export interface View {
  readonly baseUrl: string;
  readonly version: string;
}

/** Jira's own way to write a time: an offset without a colon. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

export function personOf(id: string): Person {
  const person = ACCOUNTS.find((account) => account.id === id);
  if (!person) throw new Error(`nobody in the directory is called ${id}`);
  return person;
}

export function user(view: View, id: string) {
  const person = personOf(id);
  return {
    self: `${view.baseUrl}/rest/api/${view.version}/user?accountId=${person.jiraAccount}`,
    accountId: person.jiraAccount,
    accountType: person.bot ? 'app' : 'atlassian',
    emailAddress: person.email,
    displayName: person.name,
    active: true,
    timeZone: 'UTC',
    avatarUrls: {},
  };
}

const CATEGORIES = {
  new: { id: 2, key: 'new', colorName: 'blue-gray', name: 'To Do' },
  indeterminate: { id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' },
  done: { id: 3, key: 'done', colorName: 'green', name: 'Done' },
} as const;

export function categoryOf(name: string) {
  if (name === 'To Do' || name === 'Ready for build') return CATEGORIES.new;
  return name === 'Done' ? CATEGORIES.done : CATEGORIES.indeterminate;
}

export function statusId(name: string): string {
  return String(10_000 + STATUSES.findIndex((status) => status === name));
}

export function status(view: View, name: string) {
  const api = `${view.baseUrl}/rest/api/${view.version}`;
  const category = categoryOf(name);
  return {
    self: `${api}/status/${statusId(name)}`,
    description: '',
    iconUrl: `${view.baseUrl}/`,
    name,
    id: statusId(name),
    statusCategory: { self: `${api}/statuscategory/${category.id}`, ...category },
  };
}

/** Transitions are global and one a status: their ids are those of the target. */
export function transition(view: View, name: string) {
  return {
    id: transitionId(name),
    name,
    to: status(view, name),
    hasScreen: false,
    isGlobal: true,
    isInitial: false,
    isAvailable: true,
    isConditional: false,
    looped: false,
  };
}

export function transitionId(name: string): string {
  return String(11 + 10 * STATUSES.findIndex((status) => status === name));
}

export function project(view: View) {
  return {
    self: `${view.baseUrl}/rest/api/${view.version}/project/${PROJECT.id}`,
    ...PROJECT,
    projectTypeKey: 'software',
    simplified: false,
    avatarUrls: {},
  };
}

export function fields(view: View, issue: Issue): Record<string, unknown> {
  return {
    summary: issue.summary,
    description: writeText(issue.description, view.version),
    status: status(view, issue.status),
    reporter: user(view, issue.reporter),
    creator: user(view, issue.reporter),
    assignee: null,
    labels: issue.labels,
    components: issue.components.map((name) => ({ id: `c-${name}`, name })),
    project: project(view),
    issuetype: { id: '10001', name: 'Story', subtask: false },
    priority: { id: '3', name: 'Medium' },
    created: time(issue.created),
    updated: time(issue.updated),
    issuelinks: [],
    comment: {
      comments: issue.comments.map((one) => comment(view, issue, one)),
      maxResults: issue.comments.length,
      total: issue.comments.length,
      startAt: 0,
    },
  };
}

/** `wanted`: names of fields, `*all` or `*navigable`; a name with a minus is left out. */
export function issueResource(view: View, issue: Issue, wanted: readonly string[]) {
  const { id, key } = issue;
  const self = `${view.baseUrl}/rest/api/${view.version}/issue/${id}`;
  return { expand: '', id, self, key, fields: select(fields(view, issue), wanted) };
}

function select(all: Record<string, unknown>, wanted: readonly string[]): Record<string, unknown> {
  const everything = wanted.includes('*all') || wanted.includes('*navigable');
  const left = new Set(wanted.filter((name) => name.startsWith('-')).map((name) => name.slice(1)));
  const kept = Object.entries(all).filter(
    ([name]) => !left.has(name) && (everything || wanted.includes(name)),
  );
  return Object.fromEntries(kept);
}

export function comment(view: View, issue: Issue, one: Comment, properties = false) {
  return {
    self: `${view.baseUrl}/rest/api/${view.version}/issue/${issue.id}/comment/${one.id}`,
    id: one.id,
    author: user(view, one.author),
    body: writeText(one.body, view.version),
    updateAuthor: user(view, one.updateAuthor),
    created: time(one.created),
    updated: time(one.updated),
    jsdPublic: true,
    ...(properties ? { properties: one.properties } : {}),
  };
}

export function change(view: View, { id, author, created, items }: Change) {
  return { id, author: user(view, author), created: time(created), items };
}
