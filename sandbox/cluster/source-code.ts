import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from './refusal.ts';

const run = promisify(execFile);

export interface SourceCode {
  /** The directory with the files of a commit; written once. Refuses an unknown commit. */
  directoryOf(repository: string, commit: string): Promise<string>;
  /** The commit which the repository's default branch is at. */
  headOf(repository: string): Promise<string>;
}

/** Reads commits out of bare repositories at `<repositoriesDir>/<owner>/<name>.git`. */
export function openSourceCode(options: {
  readonly repositoriesDir: string;
  readonly codeDir: string;
}): SourceCode {
  const { repositoriesDir, codeDir } = options;
  const git = async (repository: string, args: readonly string[], tree?: string) => {
    const { stdout } = await run('git', args, {
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        GIT_DIR: join(repositoriesDir, `${repository}.git`),
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        ...(tree === undefined ? {} : { GIT_WORK_TREE: tree, GIT_INDEX_FILE: join(tree, 'index') }),
      },
    });
    return stdout.trim();
  };

  async function write(repository: string, commit: string, directory: string): Promise<void> {
    await git(repository, ['cat-file', '-e', `${commit}^{commit}`]).catch(() => {
      throw new Refusal('not-found', `There is no commit ${commit} in ${repository}.`);
    });
    const parent = join(codeDir, repository);
    await mkdir(parent, { recursive: true });
    const fresh = await mkdtemp(join(parent, 'new-'));
    try {
      const files = join(fresh, 'files');
      await git(repository, ['read-tree', commit], fresh);
      await git(repository, ['checkout-index', '--all', `--prefix=${files}/`], fresh);
      await rename(files, directory);
    } catch (error) {
      // Another request may have written the same commit a moment ago.
      if (!existsSync(directory)) throw error;
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }

  return {
    async directoryOf(repository, commit) {
      const directory = join(codeDir, repository, commit);
      if (!existsSync(directory)) await write(repository, commit, directory);
      return directory;
    },
    headOf: (repository) => git(repository, ['rev-parse', '--verify', 'HEAD^{commit}']),
  };
}
