import { announceComment } from './announce.ts';
import {
  digest,
  drawId,
  findPull,
  findRepository,
  githubError,
  invalid,
  paginate,
  refused,
  signedIn,
  text,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import { commentResource } from './pull-resource.ts';
import { MAX_BODY } from './pull-routes.ts';
import { bodyOf } from './repository-routes.ts';
import { time } from './repository-resource.ts';
import type { IssueComment } from './state.ts';

const ISSUES = '/repos/:owner/:repo/issues';

/** Comments on the conversation of a pull request (an issue with that number does not exist here). */
export function commentRoutes(context: GithubContext): Readonly<Record<string, GithubHandler>> {
  return {
    [`GET ${ISSUES}/:number/comments`]: (call) => list(context, call),
    [`POST ${ISSUES}/:number/comments`]: (call) => create(context, call),
    [`GET ${ISSUES}/comments/:comment`]: (call) => {
      const { repository, pull, comment } = find(context, call);
      const body = commentResource(context.baseUrl(), repository, pull, comment);
      return { status: 200, body };
    },
    [`PATCH ${ISSUES}/comments/:comment`]: (call) => {
      const { repository, pull, comment } = find(context, call);
      comment.body = readBody(call);
      comment.updatedAt = Date.now();
      announceComment(context, repository, pull, comment, signedIn(call), 'edited');
      context.ledger.commit();
      const body = commentResource(context.baseUrl(), repository, pull, comment);
      return { status: 200, body };
    },
    [`DELETE ${ISSUES}/comments/:comment`]: (call) => {
      const { repository, pull, comment } = find(context, call);
      pull.comments.splice(pull.comments.indexOf(comment), 1);
      const subject = `${repository.fullName}/pull/${pull.branch}/comment`;
      context.ledger.effect('comment', `${subject}/${marker(comment.body)}/deleted`);
      announceComment(context, repository, pull, comment, signedIn(call), 'deleted');
      context.ledger.commit();
      return { status: 204 };
    },
  };
}

function find(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  for (const pull of repository.pulls) {
    const comment = pull.comments.find(({ id }) => String(id) === call.params['comment']);
    if (comment) return { repository, pull, comment };
  }
  throw githubError(404, 'Not Found');
}

function list(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const pull = findPull(repository, call);
  const since = call.url.searchParams.get('since');
  const all = pull.comments.filter(({ updatedAt }) => since === null || time(updatedAt) >= since);
  const { items, headers } = paginate(call, context.baseUrl(), all);
  const body = items.map((comment) =>
    commentResource(context.baseUrl(), repository, pull, comment),
  );
  return { status: 200, headers, body };
}

function create(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const pull = findPull(repository, call);
  const person = signedIn(call);
  const now = Date.now();
  const comment: IssueComment = {
    id: drawId(context),
    author: person.id,
    createdAt: now,
    updatedAt: now,
    body: readBody(call),
  };
  pull.comments.push(comment);
  pull.updatedAt = now;
  const subject = `${repository.fullName}/pull/${pull.branch}/comment`;
  context.ledger.effect('comment', `${subject}/${marker(comment.body)}`);
  announceComment(context, repository, pull, comment, person, 'created');
  context.ledger.commit();
  const body = commentResource(context.baseUrl(), repository, pull, comment);
  return { status: 201, headers: { location: body.url }, body };
}

function readBody(call: GithubCall): string {
  const body = text(bodyOf(call)['body']) ?? '';
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'missing_field');
  if (body.length > MAX_BODY) {
    throw refused('IssueComment', 'body is too long (maximum is 65536 characters)');
  }
  return body;
}

/** What a hidden comment in the text says; without one, what the text says. */
function marker(body: string): string {
  return /<!--\s*(.+?)\s*-->/s.exec(body)?.[1] ?? digest(body);
}
