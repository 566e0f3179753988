import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The one owner of the sandbox's repositories. */
export const OWNER = 'shop';
export const DEFAULT_BRANCH = 'main';

/** Git without this machine's or this user's settings. */
export const GIT_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
} as const;

/** Where the bare repository of `owner/name` is. */
export function repositoryPath(repositoriesDir: string, fullName: string): string {
  return join(repositoriesDir, `${fullName}.git`);
}

/**
 * Makes a bare repository `shop/<folder>` of each folder of `sampleDir`, where there is none yet.
 * Author and date are fixed: the first commit has the same hash everywhere. Answers their full
 * names, sorted.
 */
export function seedRepositories(sampleDir: string, repositoriesDir: string): string[] {
  const names = readdirSync(sampleDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  for (const name of names) {
    const target = repositoryPath(repositoriesDir, `${OWNER}/${name}`);
    if (!existsSync(target)) seed(join(sampleDir, name), target);
  }
  return names.map((name) => `${OWNER}/${name}`);
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Developer',
  GIT_AUTHOR_EMAIL: 'developer@shop.example',
  GIT_AUTHOR_DATE: '2026-01-05T09:00:00Z',
  GIT_COMMITTER_NAME: 'Developer',
  GIT_COMMITTER_EMAIL: 'developer@shop.example',
  GIT_COMMITTER_DATE: '2026-01-05T09:00:00Z',
} as const;

/** Built beside its place and renamed into it, so that a kill leaves all of it or nothing. */
function seed(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), '.seed-'));
  const git = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, env: { ...GIT_ENVIRONMENT, ...IDENTITY }, stdio: 'pipe' });
  const tree = join(work, 'tree');
  const bare = join(work, 'bare.git');
  cpSync(source, tree, { recursive: true });
  git(tree, 'init', '-q', '-b', DEFAULT_BRANCH);
  git(tree, 'add', '-A');
  git(tree, 'commit', '-q', '-m', 'The service as it is in production');
  git(work, 'clone', '-q', '--bare', 'tree', 'bare.git');
  git(bare, 'config', 'http.receivepack', 'true');
  git(bare, 'remote', 'remove', 'origin');
  renameSync(bare, target);
  rmSync(work, { recursive: true });
}
