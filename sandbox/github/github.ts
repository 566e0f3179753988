import { createHmac } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Effects } from '../effects.ts';
import { startHttpServer } from '../http-server.ts';
import { openLedger } from '../ledger.ts';
import { repositoryPath } from '../repositories.ts';
import { openStateFile } from '../state-file.ts';
import { openWebhooks } from '../webhooks.ts';
import { checkRoutes } from './check-routes.ts';
import { createCiRunner, type CiRunner } from './ci.ts';
import { commentRoutes } from './comment-routes.ts';
import { githubError, withPerson, type GithubContext } from './context.ts';
import { readBranches } from './git.ts';
import { serveGit } from './git-http.ts';
import { HOOK_ID, hookRoutes } from './hook-routes.ts';
import { pullRoutes } from './pull-routes.ts';
import { observePushes } from './pushes.ts';
import { refRoutes } from './ref-routes.ts';
import { repositoryRoutes } from './repository-routes.ts';
import { reviewRoutes } from './review-routes.ts';
import { initialState, newRepository, type GithubState, type Repository } from './state.ts';

export interface GithubOptions {
  readonly dataDir: string;
  /** 0 draws a free one. */
  readonly port: number;
  /** Webhooks go to `<gatewayUrl>/webhooks/github`. */
  readonly gatewayUrl: string;
  readonly secrets: { readonly GITHUB_TOKEN: string; readonly GITHUB_WEBHOOK_SECRET: string };
  readonly effects: Effects;
  readonly repositoriesDir: string;
  /** `owner/name` of each bare repository there. */
  readonly repositories: readonly string[];
  readonly ciTimeLimitMs?: number;
  readonly ciConcurrency?: number;
}

/**
 * A stand-in for GitHub over real bare repositories: REST (at the root and below `/api/v3`), git
 * itself at `/owner/name.git`, real merges, checks that really ran, signed webhooks that are never
 * retried by themselves. State is on disk before a request is answered.
 */
export async function startGithub(
  options: GithubOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { dataDir, secrets, effects, repositoriesDir } = options;
  const state = openStateFile(join(dataDir, 'github.json'), initialState());
  const workDir = join(dataDir, 'github-work');
  rmSync(workDir, { recursive: true, force: true });
  mkdirSync(workDir, { recursive: true });
  const target = `${options.gatewayUrl}/webhooks/github`;
  const webhooks = openWebhooks({
    file: join(dataDir, 'github-webhooks.jsonl'),
    url: target,
    retryDelaysMs: [],
    headers: ({ guid, event }, body) => ({
      'user-agent': 'GitHub-Hookshot/sandbox',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-github-hook-id': String(HOOK_ID),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secrets.GITHUB_WEBHOOK_SECRET).update(body).digest('hex')}`,
    }),
  });
  let url = '';
  const runner: { ci?: CiRunner } = {};
  const context: GithubContext = {
    state,
    ledger: openLedger({ system: 'github', state, effects, webhooks }),
    webhooks,
    token: secrets.GITHUB_TOKEN,
    repositoriesDir,
    workDir,
    baseUrl: () => url,
    exclusively: createLock(),
    wakeCi: () => runner.ci?.wake(),
  };
  await addRepositories(state.value, options);
  state.save();
  const server = await startHttpServer({
    port: options.port,
    routes: { ...withPerson(context, allRoutes(context, target)), ...webhooks.routes },
    intercept: (request, response) => serveGit(context, request, response),
    fallback: () => githubError(404, 'Not Found').answer,
    decorate: (answer) => ({ ...answer, headers: { ...rateHeaders(), ...answer.headers } }),
  });
  url = server.url;
  const ci = createCiRunner(context, {
    timeLimitMs: options.ciTimeLimitMs ?? 120_000,
    concurrency: options.ciConcurrency ?? 2,
  });
  runner.ci = ci;
  for (const repository of state.value.repositories) {
    await context.exclusively(repository, () => observePushes(context, repository));
  }
  ci.wake();
  return {
    url,
    close: async () => {
      await Promise.all([server.close(), webhooks.close(), ci.close()]);
    },
  };
}

function allRoutes(context: GithubContext, target: string) {
  return {
    ...repositoryRoutes(context),
    ...refRoutes(context),
    ...pullRoutes(context),
    ...reviewRoutes(context),
    ...commentRoutes(context),
    ...checkRoutes(context),
    ...hookRoutes(context, target),
  };
}

/** What a repository starts with was not pushed. */
async function addRepositories(state: GithubState, options: GithubOptions): Promise<void> {
  for (const fullName of options.repositories) {
    if (state.repositories.some((repository) => repository.fullName === fullName)) continue;
    const branches = await readBranches(repositoryPath(options.repositoriesDir, fullName));
    const id = state.nextId;
    state.nextId += 1;
    state.repositories.push(newRepository(id, fullName, branches, Date.now()));
  }
}

function createLock(): GithubContext['exclusively'] {
  const tails = new Map<string, Promise<unknown>>();
  return <T>({ fullName }: Repository, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(fullName) ?? Promise.resolve();
    const mine = before.then(work, work);
    tails.set(fullName, mine);
    return mine;
  };
}

/** Clients that throttle themselves read these. */
function rateHeaders(): Record<string, string> {
  return {
    'x-github-media-type': 'github.v3; format=json',
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-used': '1',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600),
    'x-ratelimit-resource': 'core',
  };
}
