import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root, wherever this runs from: the sources or the build. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Made by the build, so that a worker starts without a bundler. */
export const workflowBundlePath = (): string => join(packageRoot(), 'dist', 'workflow-bundle.js');
