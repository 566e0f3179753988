import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export interface CompiledCopy {
  /** The copy's root: `join(directory, 'store/open.js')` can be imported by a plain Node process. */
  readonly directory: string;
  /** Writes an ES module into the copy's root and answers its path. */
  script(name: string, source: string): string;
  remove(): void;
}

/**
 * Today's sources of these folders as JavaScript, for tests that need a process of their own (to kill
 * it, to measure it). Takes milliseconds, and does not depend on a build that may be old.
 */
export function compiledCopy(folders: readonly string[]): CompiledCopy {
  const directory = mkdtempSync(join(tmpdir(), 'baton-compiled-'));
  for (const folder of folders) compileFolder(folder, directory);
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), readFileSync(join(ROOT, 'package.json')));
  return {
    directory,
    script(name, source) {
      const path = join(directory, name);
      writeFileSync(path, source);
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function compileFolder(folder: string, target: string): void {
  for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || /\.(test|d)\.ts$|conformance\.ts$/.test(name)) continue;
    const { code } = transformSync(readFileSync(join(ROOT, folder, name), 'utf8'), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    const path = join(target, folder, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code.replace(/(['"])(\.[^'"\n]*)\.ts\1/g, '$1$2.js$1'));
  }
}
