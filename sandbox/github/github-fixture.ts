import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openEffects } from '../effects.ts';
import { startReceiver, type Receiver } from '../receiver.ts';
import { GIT_ENVIRONMENT, seedRepositories } from '../repositories.ts';
import { startGithub, type GithubOptions } from './github.ts';

export const secrets = {
  GITHUB_TOKEN: 'token-of-the-test',
  GITHUB_WEBHOOK_SECRET: 'secret-of-the-test',
};

export interface GithubFixture {
  readonly dataDir: string;
  readonly receiver: Receiver;
  url(): string;
  /** Ends the server and starts another on the same directory and port. */
  restart(): Promise<void>;
  /** Clones, writes `files`, commits as `author` and pushes to `branch`; answers the commit. */
  push(
    branch: string,
    files: Readonly<Record<string, string>>,
    options?: PushOptions,
  ): Promise<string>;
  close(): Promise<void>;
}

export interface PushOptions {
  readonly author?: string;
  readonly from?: string;
  /** Login and password, the bot's unless given; empty for none. */
  readonly credential?: string;
}

/** The stand-in over one small repository `shop/checkout`, in a directory of its own. */
export async function openGithub(
  script: string,
  options: Partial<GithubOptions> = {},
): Promise<GithubFixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-github-'));
  const sample = join(dataDir, 'sample');
  mkdirSync(join(sample, 'checkout'), { recursive: true });
  writeFileSync(join(sample, 'checkout', 'ci.sh'), script);
  writeFileSync(join(sample, 'checkout', 'price.txt'), '1\n');
  const repositoriesDir = join(dataDir, 'repositories');
  const repositories = seedRepositories(sample, repositoriesDir);
  const receiver = await startReceiver();
  const start = (port: number) =>
    startGithub({
      dataDir,
      port,
      secrets,
      repositoriesDir,
      repositories,
      gatewayUrl: receiver.url,
      effects: openEffects(dataDir),
      ...options,
    });
  let server = await start(0);
  return {
    dataDir,
    receiver,
    url: () => server.url,
    restart: async () => {
      await server.close();
      server = await start(Number(new URL(server.url).port));
    },
    push: (branch, files, push = {}) => pushFiles(server.url, branch, files, push),
    close: async () => {
      await server.close();
      await receiver.close();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function pushFiles(
  url: string,
  branch: string,
  files: Readonly<Record<string, string>>,
  { author = 'developer', from = 'main', credential }: PushOptions,
): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'sandbox-push-'));
  const basic = Buffer.from(credential ?? `x-access-token:${secrets.GITHUB_TOKEN}`);
  const env = {
    ...GIT_ENVIRONMENT,
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: `${author}@shop.example`,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: `${author}@shop.example`,
    GIT_CONFIG_COUNT: credential === '' ? '0' : '1',
    GIT_CONFIG_KEY_0: `http.${url}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic.toString('base64')}`,
  };
  // The server answers in this process, so git must not block it.
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: work, env })).stdout;
  try {
    await git('clone', '-q', '--branch', from, `${url}/shop/checkout.git`, '.');
    for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
    await git('add', '-A');
    await git('commit', '-q', '-m', `Change ${Object.keys(files).join(', ')}`);
    await git('push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
    return (await git('rev-parse', 'HEAD')).trim();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
