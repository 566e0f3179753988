import { announceComment } from './announce.ts';
import {
  digest,
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
import { readText, type RichText } from './document.ts';
import { comment } from './representation.ts';
import type { Comment, Issue, Property } from './state.ts';

/** Jira's limit of a comment's or a description's text. */
export const MAX_TEXT = 32_767;

export function commentRoutes(context: JiraContext): Readonly<Record<string, JiraHandler>> {
  return {
    'GET /issue/:issue/comment': (call) => list(context, call),
    'POST /issue/:issue/comment': (call) => {
      const issue = findIssue(context, call.params['issue']);
      const one = addComment(context, issue, call, call.json());
      context.ledger.commit();
      return { status: 201, body: comment(call.view, issue, one, wantsProperties(call)) };
    },
    'GET /issue/:issue/comment/:comment': (call) => {
      const { issue, one } = find(context, call);
      return { status: 200, body: comment(call.view, issue, one, wantsProperties(call)) };
    },
    'PUT /issue/:issue/comment/:comment': (call) => {
      const { issue, one } = find(context, call);
      update(context, issue, one, call);
      context.ledger.commit();
      return { status: 200, body: comment(call.view, issue, one, wantsProperties(call)) };
    },
    'GET /comment/:comment/properties/:property': (call) => {
      const { one } = find(context, call);
      const property = one.properties.find(({ key }) => key === call.params['property']);
      if (!property) throw failed(404, ['The property does not exist.']);
      return { status: 200, body: property };
    },
  };
}

/** Notes the comment; the caller commits. */
export function addComment(
  context: JiraContext,
  issue: Issue,
  call: JiraCall,
  input: unknown,
): Comment {
  const now = Date.now();
  const one: Comment = {
    id: drawId(context),
    author: call.person.id,
    updateAuthor: call.person.id,
    created: now,
    updated: now,
    body: readBody(record(input)['body'], call.view.version),
    properties: readProperties(record(input)['properties']),
  };
  issue.comments.push(one);
  context.ledger.effect('comment', `${issue.key}/comment/${marker(one)}`);
  announceComment(context, issue, one, 'comment_created');
  return one;
}

function update(context: JiraContext, issue: Issue, one: Comment, call: JiraCall): void {
  const input = record(call.json());
  one.body = readBody(input['body'], call.view.version);
  if (input['properties'] !== undefined) {
    const fresh = readProperties(input['properties']);
    const others = one.properties.filter(({ key }) => fresh.every((given) => given.key !== key));
    one.properties = [...others, ...fresh];
  }
  one.updateAuthor = call.person.id;
  one.updated = Date.now();
  announceComment(context, issue, one, 'comment_updated');
}

function list(context: JiraContext, call: JiraCall) {
  const issue = findIssue(context, call.params['issue']);
  const { startAt, maxResults } = page(call.url, 5000);
  const newestFirst = call.url.searchParams.get('orderBy') === '-created';
  const all = newestFirst ? issue.comments.toReversed() : issue.comments;
  const comments = all
    .slice(startAt, startAt + maxResults)
    .map((one) => comment(call.view, issue, one, wantsProperties(call)));
  return { status: 200, body: { startAt, maxResults, total: all.length, comments } };
}

function find(context: JiraContext, { params }: JiraCall): { issue: Issue; one: Comment } {
  const { issues } = context.state.value;
  const among = params['issue'] ? [findIssue(context, params['issue'])] : issues;
  for (const issue of among) {
    const one = issue.comments.find(({ id }) => id === params['comment']);
    if (one) return { issue, one };
  }
  throw failed(404, [`Can not find a comment for the id: ${params['comment'] ?? ''}.`]);
}

function wantsProperties({ url }: JiraCall): boolean {
  return names(url, 'expand').includes('properties');
}

function readBody(value: unknown, version: string): RichText {
  const body = readText(value, version);
  if (!body) throw failed(400, [], { comment: 'Comment body is not valid!' });
  if (body.text.trim() === '') {
    throw failed(400, [], { comment: 'Comment body can not be empty!' });
  }
  if (body.text.length > MAX_TEXT) {
    const message = `The entered text is too long. It exceeds the allowed limit of 32,767 characters.`;
    throw failed(400, [], { comment: message });
  }
  return body;
}

function readProperties(value: unknown): Property[] {
  if (value === undefined || value === null) return [];
  const given = Array.isArray(value) ? value.map(record) : [{}];
  return given.map(({ key, value: content }) => {
    if (typeof key !== 'string' || key === '' || key.length > 255) {
      throw failed(400, ['The property key has to be between 1 and 255 characters long.']);
    }
    checkPropertyValue(content);
    return { key, value: content };
  });
}

export function checkPropertyValue(value: unknown): void {
  if (value === undefined) throw failed(400, ['The property value must be a valid JSON.']);
  if (JSON.stringify(value).length > 32_768) {
    throw failed(400, ['The property value cannot be longer than 32768 characters.']);
  }
}

/** What its writer marked it with: a property's text or `key`; else what it says. */
function marker({ properties, body }: Comment): string {
  const value = properties[0]?.value;
  if (typeof value === 'string') return value;
  const { key } = record(value);
  if (typeof key === 'string') return key;
  return digest(properties.length > 0 ? JSON.stringify(properties) : body.text);
}
