import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { copyFiles, inFolder } from './working-copy.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'baton-working-copy-'));
  for (const folder of ['theirs', 'ours']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text = 'x'): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const copy = () => copyFiles(join(root, 'theirs'), join(root, 'ours'));
const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => !statSync(join(root, folder, path), { throwIfNoEntry: false })?.isDirectory())
    .sort();

test('the clean clone has the agent’s files afterwards, and none that the agent removed', async () => {
  write('ours/.git/config', 'ours');
  write('ours/src/old.js');
  write('ours/src/kept.js', 'before');
  write('theirs/src/kept.js', 'after');
  write('theirs/deep/er/new.js');
  await copy();
  expect(filesIn('ours')).toEqual(['.git/config', 'deep/er/new.js', 'src/kept.js']);
  expect(readFileSync(join(root, 'ours/src/kept.js'), 'utf8')).toBe('after');
});

test('nothing that git would act on comes over, at any depth, as folder, file or link', async () => {
  write('ours/.git/config', 'ours');
  write('theirs/.git/config', '[core]\n\tfsmonitor = ./steal');
  write('theirs/.git/hooks/pre-commit', 'steal');
  write('theirs/a/.git/hooks/post-checkout', 'steal');
  write('theirs/a/b/.git', 'gitdir: /elsewhere');
  mkdirSync(join(root, 'theirs/c'));
  symlinkSync('/elsewhere/.git', join(root, 'theirs/c/.git'));
  write('theirs/a/b/code.js');
  write('theirs/.gitignore');
  await copy();
  expect(filesIn('ours')).toEqual(['.git/config', '.gitignore', 'a/b/code.js']);
  expect(readFileSync(join(root, 'ours/.git/config'), 'utf8')).toBe('ours');
});

test('the brief is no part of a change, and a folder of that name of the repository stays', async () => {
  write('theirs/.baton/brief.md', 'the brief');
  write('ours/.baton/owners', 'theirs for years');
  await copy();
  expect(filesIn('ours')).toEqual(['.baton/owners']);
});

test('a link stays the link it is: nothing outside is read or written through it', async () => {
  write('secret', 'planted');
  mkdirSync(join(root, 'theirs/deep'));
  symlinkSync('../../secret', join(root, 'theirs/deep/up'));
  symlinkSync(join(root, 'secret'), join(root, 'theirs/absolute'));
  symlinkSync('nowhere', join(root, 'theirs/dangling'));
  await copy();
  expect(readlinkSync(join(root, 'ours/deep/up'))).toBe('../../secret');
  expect(readlinkSync(join(root, 'ours/absolute'))).toBe(join(root, 'secret'));
  expect(lstatSync(join(root, 'ours/dangling')).isSymbolicLink()).toBe(true);
});

test('a link of the base that the agent made a folder is replaced, not followed', async () => {
  write('outside/kept', 'x');
  symlinkSync(join(root, 'outside'), join(root, 'ours/folder'));
  write('theirs/folder/kept', 'overwritten');
  await copy();
  expect(readFileSync(join(root, 'outside/kept'), 'utf8')).toBe('x');
});

test('pipes that an agent leaves behind stop nothing', async () => {
  execFileSync('mkfifo', [join(root, 'theirs/pipe')]);
  write('theirs/code.js');
  await copy();
  expect(filesIn('ours')).toEqual(['code.js']);
});

test('a working folder is gone afterwards, whatever happened in it', async () => {
  const seen: string[] = [];
  const use = async (folder: string): Promise<void> => {
    seen.push(folder);
    write(`${folder.slice(root.length + 1)}/a/b`);
    if (seen.length === 2) throw new Error('no');
  };
  await inFolder(join(root, 'work'), 'SHOP-1/../../x', use);
  await expect(inFolder(join(root, 'work'), 'SHOP-1', use)).rejects.toThrow('no');
  expect(new Set(seen.map(dirname))).toEqual(new Set([join(root, 'work')]));
  expect(seen.map((folder) => existsSync(folder))).toEqual([false, false]);
});
