import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findTemporalBinary } from './binary.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'baton-binary-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function put(directory: string, mode: number): string {
  mkdirSync(join(root, directory), { recursive: true });
  const path = join(root, directory, 'temporal');
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

test('the program on the PATH comes before the one that set-up kept; what cannot run is passed over', () => {
  const cached = put('cache/baton/bin', 0o755);
  const first = put('first', 0o644);
  const second = put('second', 0o755);
  mkdirSync(join(root, 'third', 'temporal'), { recursive: true });
  const find = (...directories: string[]) =>
    findTemporalBinary({
      PATH: directories.map((d) => join(root, d)).join(delimiter),
      XDG_CACHE_HOME: join(root, 'cache'),
    });
  expect(find('third', 'first', 'second')).toBe(second);
  expect(find('third', 'first')).toBe(cached);
  rmSync(cached);
  expect(find('third', 'first')).toBeNull();
  chmodSync(first, 0o755);
  expect(find('first', 'second')).toBe(first);
});
