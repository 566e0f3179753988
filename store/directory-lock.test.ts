import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compiledCopy, type CompiledCopy } from '../test/compiled-copy.ts';
import { DirectoryInUse, lockDirectory } from './directory-lock.ts';

let copy: CompiledCopy;
let root: string;

beforeAll(() => {
  copy = compiledCopy(['store']);
  root = mkdtempSync(join(tmpdir(), 'baton-lock-'));
});
afterAll(() => {
  copy.remove();
  rmSync(root, { recursive: true, force: true });
});

/** Prints `held` or the refusal, then stays until it is killed. */
function holder(directory: string): ChildProcess {
  const script = copy.script(
    'hold.js',
    `import { lockDirectory } from './store/directory-lock.js';
     import { spawn } from 'node:child_process';
     try {
       lockDirectory(process.argv[2]);
       spawn('sleep', ['2'], { stdio: 'ignore', detached: true }).unref();
       console.log('held');
       setInterval(() => {}, 1000);
     } catch (error) { console.log(error.name, error.pid); }`,
  );
  return spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return chunk.toString().trim();
}

test('one process holds a directory; the others are told its pid', async () => {
  const directory = join(root, 'race', 'made-when-missing');
  const children = Array.from({ length: 5 }, () => holder(directory));
  const lines = await Promise.all(children.map(firstLine));
  const winner = children[lines.indexOf('held')];
  expect(lines.filter((line) => line === 'held')).toHaveLength(1);
  // A loser may come between the winner's lock and its writing of the pid, hence `undefined`.
  for (const line of lines.filter((l) => l !== 'held')) {
    expect([`DirectoryInUse ${winner?.pid ?? ''}`, 'DirectoryInUse undefined']).toContain(line);
  }
  expect(() => lockDirectory(directory)).toThrow(`is in use by process ${winner?.pid ?? ''}`);
  winner?.kill('SIGKILL');
});

test('a killed holder holds nothing, although a child of it lives on', async () => {
  const directory = join(root, 'killed');
  const child = holder(directory);
  expect(await firstLine(child)).toBe('held');
  expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const unlock = lockDirectory(directory);
  unlock();
});

test('the lock keeps out this very process too, and its file stays when it is given back', () => {
  const directory = join(root, 'own');
  const unlock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(`process ${process.pid}`);
  unlock();
  unlock();
  expect(existsSync(join(directory, 'baton.lock'))).toBe(true);
  lockDirectory(directory)();
});
