import { cp, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Runs `use` with a new folder below `root` and removes it afterwards, whatever happened. */
export async function inFolder<T>(
  root: string,
  name: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(root, { recursive: true });
  const folder = await mkdtemp(join(root, `${name.replace(/[^A-Za-z0-9]+/g, '-')}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Where the brief lies in an agent's clone; never part of a change. */
export const BRIEF_FOLDER = '.baton';

/**
 * Makes the files of a clean clone those of an agent's clone, without anything git would act on: no
 * `.git` at any depth, and links stay links. Git then runs only in the clean clone (invariant 10).
 * What git cannot keep (pipes, sockets) is left out; a brief folder of the repository's own stays.
 */
export async function copyFiles(from: string, to: string): Promise<void> {
  for (const entry of await readdir(to)) {
    if (entry === '.git' || entry === BRIEF_FOLDER) continue;
    await rm(join(to, entry), { recursive: true, force: true });
  }
  for (const entry of await readdir(from)) {
    if (entry === '.git' || entry === BRIEF_FOLDER) continue;
    await cp(join(from, entry), join(to, entry), {
      recursive: true,
      verbatimSymlinks: true,
      filter: async (source) => basename(source) !== '.git' && (await isKept(source)),
    });
  }
}

async function isKept(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}
