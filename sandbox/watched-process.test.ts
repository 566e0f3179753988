import { expect, test } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWatched } from './watched-process.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const cwd = tmpdir();

async function firstLine(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (!stream) throw new Error('there is no output');
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  return chunk.toString('utf8').trim();
}

/** A dead process stays in the table until its new parent, which may be slow, takes note. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 2000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not come about within 2 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('it answers the program’s own exit status', async () => {
  const start = (script: string) =>
    startWatched({ command: '/bin/sh', args: ['-c', script], cwd, env, output: 'ignore' });
  expect(await start('exit 7').exited).toBe(7);
  expect(await start('exit 0').exited).toBe(0);
  expect(await start('kill -9 $$').exited).toBe(137);
});

test('a command that is not there is exit 127', async () => {
  const one = startWatched({ command: 'no-such-command', args: [], cwd, env, output: 'ignore' });
  expect(await one.exited).toBe(127);
});

test('stopped, a program that ignores it and its grandchild are gone', async () => {
  const script = 'trap "" TERM; sleep 60 & echo "$$ $!"; while :; do sleep 60; done';
  const one = startWatched({ command: '/bin/sh', args: ['-c', script], cwd, env, output: 'pipe' });
  const pids = (await firstLine(one.child.stdout)).split(' ').map(Number);
  await one.stop(50);
  await until(() => !pids.some(isAlive));
});

test('a program that ends when asked may finish what it does', async () => {
  const script = 'trap "sleep 0.1; echo finished; exit 3" TERM; echo ready; sleep 60 & wait';
  const one = startWatched({ command: '/bin/sh', args: ['-c', script], cwd, env, output: 'pipe' });
  await firstLine(one.child.stdout);
  const last = firstLine(one.child.stdout);
  await one.stop(5000);
  expect(await last).toBe('finished');
  expect(await one.exited).toBe(3);
});

test('kill -9 of whoever started it ends the program and its children within 2 s', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'watched-'));
  const { code } = transformFileSync(join(import.meta.dirname, 'watched-process.ts'), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  const script = 'sleep 60 & echo "$$ $!"; wait';
  const starter = `
    const one = startWatched(${JSON.stringify({ command: '/bin/sh', args: ['-c', script], cwd, env, output: 'pipe' })});
    one.child.stdout.pipe(process.stdout);
    setInterval(() => {}, 1000);
  `;
  writeFileSync(join(directory, 'starter.mjs'), code + starter);
  const parent = spawn(process.execPath, [join(directory, 'starter.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids = (await firstLine(parent.stdout)).split(' ').map(Number);
  expect(pids.every(isAlive)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !pids.some(isAlive));
  rmSync(directory, { recursive: true, force: true });
});
