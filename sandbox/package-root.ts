import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** The directory of the package: the nearest above this file with a `package.json`. */
export function packageRoot(): string {
  let directory = HERE;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('the package has no package.json above its code');
    directory = parent;
  }
  return directory;
}

/**
 * The compiled form of a program of the sandbox, `cluster/command.js`: beside this file when this
 * is the build, in `dist/` when this runs from source.
 */
export function compiledProgram(path: string): string {
  const beside = join(HERE, path);
  return existsSync(beside) ? beside : join(packageRoot(), 'dist', 'sandbox', path);
}
