import { createHash } from 'node:crypto';
import { ACCOUNTS, type Person } from '../directory.ts';
import {
  HttpError,
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  type Routes,
} from '../http-server.ts';
import type { Ledger } from '../ledger.ts';
import type { StateFile } from '../state-file.ts';
import type { View } from './representation.ts';
import type { Issue, JiraState } from './state.ts';

/** What every route of the stand-in works with. */
export interface JiraContext {
  readonly state: StateFile<JiraState>;
  readonly ledger: Ledger;
  readonly token: string;
  readonly baseUrl: () => string;
}

/** One request by a known person. */
export interface JiraCall extends HttpRequest {
  readonly person: Person;
  readonly view: View;
}

/** Answers at once, so that requests never see each other's halves. */
export type JiraHandler = (call: JiraCall) => HttpAnswer;

/** Serves `routes` (paths below `/rest/api/:version`) to whoever is signed in. */
export function withPerson(
  context: JiraContext,
  routes: Readonly<Record<string, JiraHandler>>,
): Routes {
  return Object.fromEntries(
    Object.entries(routes).map(([route, handler]) => {
      const [method = '', path = ''] = route.split(' ');
      const guarded: HttpHandler = (request) => {
        const person = authenticate(context.token, request.headers.authorization);
        const version = request.params['version'] ?? '';
        if (version !== '2' && version !== '3') throw new HttpError(404, undefined);
        try {
          return handler({ ...request, person, view: { baseUrl: context.baseUrl(), version } });
        } catch (error) {
          context.state.revert(); // a refused request has changed nothing
          throw error;
        }
      };
      return [`${method} /rest/api/:version${path}`, guarded];
    }),
  );
}

/** The bot by bearer token; anybody by e-mail and the same token (one token serves the sandbox). */
function authenticate(token: string, header = ''): Person {
  const [scheme, value = ''] = header.split(' ');
  if (scheme === 'Bearer' && value === token) return account((person) => person.bot);
  if (scheme === 'Basic') {
    const [email = '', password] = Buffer.from(value, 'base64').toString('utf8').split(/:(.*)/s);
    if (password === token) return account((person) => person.email === email);
  }
  throw unauthorized();
}

function account(matches: (person: Person) => boolean): Person {
  const person = ACCOUNTS.find(matches);
  if (!person) throw unauthorized();
  return person;
}

function unauthorized(): HttpError {
  return new HttpError(
    401,
    { message: 'Client must be authenticated to access this resource.', 'status-code': 401 },
    { 'www-authenticate': 'OAuth realm="http%3A%2F%2F127.0.0.1"' },
  );
}

export function findIssue(context: JiraContext, idOrKey = ''): Issue {
  const issue = context.state.value.issues.find(({ id, key }) => id === idOrKey || key === idOrKey);
  if (!issue) {
    throw failed(404, ['Issue does not exist or you do not have permission to see it.']);
  }
  return issue;
}

export function failed(
  status: number,
  errorMessages: readonly string[],
  errors: Readonly<Record<string, string>> = {},
): HttpError {
  return new HttpError(status, { errorMessages, errors });
}

export function drawId(context: JiraContext): string {
  const id = context.state.value.nextId;
  context.state.value.nextId += 1;
  return String(id);
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** A page's bounds from `startAt` and `maxResults`. */
export function page(url: URL, defaultSize: number): { startAt: number; maxResults: number } {
  const number = (name: string, fallback: number) => {
    const value = Number(url.searchParams.get(name) ?? fallback);
    return Number.isInteger(value) && value >= 0 ? value : fallback;
  };
  return {
    startAt: number('startAt', 0),
    maxResults: Math.min(number('maxResults', defaultSize), 5000),
  };
}

/** A list of names, given once with commas or several times. */
export function names(url: URL, parameter: string): string[] {
  return url.searchParams
    .getAll(parameter)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
