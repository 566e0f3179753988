import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Person } from '../directory.ts';
import { HttpError } from '../http-server.ts';
import { GIT_ENVIRONMENT } from '../repositories.ts';
import { authenticate, type GithubContext } from './context.ts';
import { observePushes } from './pushes.ts';
import type { Repository } from './state.ts';

const PATH = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/**
 * Serves git's own protocol by `git http-backend`: reading to everybody, pushing to who signed in.
 * Answers whether the request was one. A push is answered when it is in the state on disk.
 */
export function serveGit(
  context: GithubContext,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const [, fullName = '', action = ''] = PATH.exec(decodeURIComponent(url.pathname)) ?? [];
  if (!fullName) return false;
  const pushing =
    action === 'git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  const repository = context.state.value.repositories.find((one) => one.fullName === fullName);
  const person = signIn(context, request);
  if (person === 'refused' || (pushing && !person)) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
  } else if (!repository) {
    response.writeHead(404).end('Repository not found.');
  } else {
    const environment = {
      ...GIT_ENVIRONMENT,
      GIT_PROJECT_ROOT: context.repositoriesDir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${fullName}.git/${action}`,
      QUERY_STRING: url.search.slice(1),
      REMOTE_USER: person?.githubLogin ?? '',
      ...requestVariables(request),
    };
    const receives = action === 'git-receive-pack';
    if (!receives) void run(environment, request, response, () => Promise.resolve());
    else receive(context, repository, environment, request, response, person);
  }
  return true;
}

function receive(
  context: GithubContext,
  repository: Repository,
  environment: NodeJS.ProcessEnv,
  request: IncomingMessage,
  response: ServerResponse,
  person: Person | undefined,
): void {
  const work = () =>
    run(environment, request, response, () =>
      observePushes(context, repository, person ? { pusher: person } : {}),
    );
  context.exclusively(repository, work).catch(() => response.destroy());
}

function signIn(context: GithubContext, request: IncomingMessage): Person | undefined | 'refused' {
  try {
    return authenticate(context.token, request.headers.authorization);
  } catch (error) {
    if (error instanceof HttpError) return 'refused';
    throw error;
  }
}

function requestVariables({ method, headers }: IncomingMessage): NodeJS.ProcessEnv {
  const optional = {
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: headers['git-protocol'],
  };
  const given = Object.entries(optional).filter(([, value]) => typeof value === 'string');
  return {
    REQUEST_METHOD: method,
    CONTENT_TYPE: headers['content-type'] ?? '',
    ...(Object.fromEntries(given) as NodeJS.ProcessEnv),
  };
}

/**
 * The backend's answer is held until `settle` is done, so that whoever pushed never hears of
 * success before the push is known.
 */
async function run(
  env: NodeJS.ProcessEnv,
  request: IncomingMessage,
  response: ServerResponse,
  settle: () => Promise<void>,
): Promise<void> {
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  backend.stdin.on('error', () => undefined); // it may answer before it has read everything
  request.pipe(backend.stdin);
  request.once('close', () => backend.stdin.end());
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    backend.once('error', () => resolve());
    backend.once('close', () => resolve());
  });
  await settle();
  answer(Buffer.concat(chunks), response);
}

/** A CGI answer: header lines, an empty line, the body; the status is a header. */
function answer(output: Buffer, response: ServerResponse): void {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) {
    response.writeHead(500).end();
    return;
  }
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status = '200', ...rest } = headers;
  response.writeHead(Number.parseInt(status, 10), rest).end(output.subarray(end + 4));
}
