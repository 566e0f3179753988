import { createHash } from 'node:crypto';
import { ACCOUNTS, BOT, type Person } from '../directory.ts';
import { HttpError, type HttpAnswer, type HttpRequest, type Routes } from '../http-server.ts';
import type { Ledger } from '../ledger.ts';
import { repositoryPath } from '../repositories.ts';
import type { StateFile } from '../state-file.ts';
import type { Webhooks } from '../webhooks.ts';
import type { GithubState, Pull, Repository } from './state.ts';

/** What every part of the stand-in works with. */
export interface GithubContext {
  readonly state: StateFile<GithubState>;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  readonly token: string;
  readonly repositoriesDir: string;
  /** For clones that live as long as one piece of work; emptied at each start. */
  readonly workDir: string;
  readonly baseUrl: () => string;
  /**
   * Runs `work` when all earlier work on this repository has ended. Git is read first; then state
   * is changed and committed without an await in between.
   */
  readonly exclusively: <T>(repository: Repository, work: () => Promise<T>) => Promise<T>;
  /** Called when check runs were queued. */
  readonly wakeCi: () => void;
}

export interface GithubCall extends HttpRequest {
  /** Whoever signed in; undefined when nobody did, which is enough to read. */
  readonly person: Person | undefined;
}

export type GithubHandler = (call: GithubCall) => HttpAnswer | Promise<HttpAnswer>;

const DOCUMENTATION = 'https://docs.github.com/rest';

export function githubError(
  status: number,
  message: string,
  errors?: readonly unknown[],
): HttpError {
  const extra = errors ? { errors } : {};
  return new HttpError(status, {
    message,
    ...extra,
    documentation_url: DOCUMENTATION,
    status: String(status),
  });
}

export function invalid(resource: string, field: string, code = 'invalid'): HttpError {
  return githubError(422, 'Validation Failed', [{ resource, field, code }]);
}

export function refused(resource: string, message: string): HttpError {
  return githubError(422, 'Validation Failed', [{ resource, code: 'custom', message }]);
}

/** The routes at the root (github.com) and below `/api/v3` (Enterprise Server). */
export function withPerson(
  context: GithubContext,
  routes: Readonly<Record<string, GithubHandler>>,
): Routes {
  const table: [string, Routes[string]][] = [];
  for (const [route, handler] of Object.entries(routes)) {
    const [method = '', path = ''] = route.split(' ');
    const guarded = (request: HttpRequest) => {
      const person = authenticate(context.token, request.headers.authorization);
      if (!person && method !== 'GET') throw githubError(401, 'Requires authentication');
      return handler({ ...request, person });
    };
    table.push([`${method} ${path}`, guarded], [`${method} /api/v3${path}`, guarded]);
  }
  return Object.fromEntries(table);
}

/**
 * The bot by `Bearer` or `token`, or as `x-access-token` as git does it; a person by login and the
 * same token (one token serves the sandbox). Throws 401 for anything else that is offered.
 */
export function authenticate(token: string, header: string | undefined): Person | undefined {
  if (!header) return undefined;
  const [scheme = '', value = ''] = header.split(' ');
  if (/^(bearer|token)$/i.test(scheme) && value === token) return BOT;
  if (/^basic$/i.test(scheme)) {
    const [login = '', password] = Buffer.from(value, 'base64').toString('utf8').split(/:(.*)/s);
    const person = login === 'x-access-token' ? BOT : byLogin(login);
    if (password === token && person) return person;
  }
  throw githubError(401, 'Bad credentials');
}

export function byLogin(login: string): Person | undefined {
  return ACCOUNTS.find(({ githubLogin }) => githubLogin === login);
}

export function byEmail(email: string): Person | undefined {
  return ACCOUNTS.find((account) => account.email === email);
}

export function personOf(id: string): Person {
  const person = ACCOUNTS.find((account) => account.id === id);
  if (!person) throw new Error(`nobody in the directory is called ${id}`);
  return person;
}

/** Routes that write are reached by somebody only. */
export function signedIn({ person }: GithubCall): Person {
  if (!person) throw githubError(401, 'Requires authentication');
  return person;
}

export function findRepository(context: GithubContext, { params }: GithubCall): Repository {
  const fullName = `${params['owner'] ?? ''}/${params['repo'] ?? ''}`.toLowerCase();
  const found = context.state.value.repositories.find(
    (repository) => repository.fullName.toLowerCase() === fullName,
  );
  if (!found) throw githubError(404, 'Not Found');
  return found;
}

export function findPull(repository: Repository, { params }: GithubCall): Pull {
  const pull = repository.pulls.find(({ number }) => String(number) === params['number']);
  if (!pull) throw githubError(404, 'Not Found');
  return pull;
}

export function gitDirectory(context: GithubContext, repository: Repository): string {
  return repositoryPath(context.repositoriesDir, repository.fullName);
}

export function drawId(context: GithubContext): number {
  const id = context.state.value.nextId;
  context.state.value.nextId += 1;
  return id;
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function digest(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

/** One page of `all` by `per_page` and `page`, with GitHub's `Link` header. */
export function paginate<T>(
  call: GithubCall,
  baseUrl: string,
  all: readonly T[],
): { readonly items: readonly T[]; readonly headers: Record<string, string> } {
  const number = (name: string, fallback: number) =>
    Math.max(1, Math.trunc(Number(call.url.searchParams.get(name) ?? fallback)) || fallback);
  const size = Math.min(100, number('per_page', 30));
  const page = number('page', 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (to: number, rel: string) => {
    const url = new URL(call.url.pathname + call.url.search, baseUrl);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  const items = all.slice((page - 1) * size, page * size);
  return { items, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}
