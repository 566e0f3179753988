import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** For tests: the sample's repositories as bare ones, and commits on them. */
export interface RepositoryFixture {
  readonly repositoriesDir: string;
  /** Commits recorded patches, or files, on top of a commit; answers the new commit. */
  commit(
    repository: string,
    change: {
      readonly patches?: readonly string[];
      readonly files?: Readonly<Record<string, string>>;
    },
  ): string;
}

const SAMPLE = join(import.meta.dirname, '..', 'sample');
const ENV = {
  PATH: process.env['PATH'] ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Shop',
  GIT_AUTHOR_EMAIL: 'shop@shop.example',
  GIT_COMMITTER_NAME: 'Shop',
  GIT_COMMITTER_EMAIL: 'shop@shop.example',
};

export function createRepositoryFixture(directory: string): RepositoryFixture {
  const repositoriesDir = join(directory, 'repositories');
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env: ENV, encoding: 'utf8' }).trim();
  const work = (repository: string) => join(directory, 'work', repository);

  for (const repository of ['checkout', 'pricing']) {
    const bare = join(repositoriesDir, 'shop', `${repository}.git`);
    mkdirSync(bare, { recursive: true });
    git(bare, 'init', '-q', '--bare', '-b', 'main');
    const tree = work(repository);
    cpSync(join(SAMPLE, 'repositories', repository), tree, { recursive: true });
    git(tree, 'init', '-q', '-b', 'main');
    git(tree, 'add', '-A');
    git(tree, 'commit', '-q', '-m', 'The service as it was');
    git(tree, 'push', '-q', bare, 'main');
  }
  return {
    repositoriesDir,
    commit: (repository, { patches = [], files = {} }) => {
      const tree = work(repository);
      git(tree, 'checkout', '-q', '-B', 'change', 'main');
      for (const patch of patches) git(tree, 'apply', '--index', join(SAMPLE, 'agent', patch));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, path)), { recursive: true });
        writeFileSync(join(tree, path), text);
      }
      git(tree, 'add', '-A');
      git(tree, 'commit', '-q', '-m', 'A change');
      const commit = git(tree, 'rev-parse', 'HEAD');
      const bare = join(repositoriesDir, 'shop', `${repository}.git`);
      git(tree, 'push', '-q', bare, `HEAD:refs/heads/${commit.slice(0, 12)}`);
      return commit;
    },
  };
}
