import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from '@swc/core';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startWatched } from './watched.ts';

const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'baton-watched-'));
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

/** A zombie nobody has reaped yet is dead. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

async function until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function pids(file: string): Promise<number[]> {
  const text = await readFile(join(directory, file), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

test('standard input goes through, and the exit code comes back', async () => {
  const child = await startWatched('sh', ['-c', 'cat; exit 7'], { environment, input: 'pipe' });
  child.stdin?.end('hello');
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  expect(await child.ended).toEqual({ exitCode: 7 });
  await until(() => Buffer.concat(chunks).toString() === 'hello', 1_000);
});

test('stopped politely: the program gets to clean up before it ends', async () => {
  const script = `trap 'echo cleaned > cleaned; exit 0' TERM; echo $$ > pid; while true; do sleep 0.05; done`;
  const child = await startWatched('sh', ['-c', script], { environment, directory });
  await until(async () => (await pids('pid')).length === 1, 2_000);
  expect(await child.stop()).toEqual({ exitCode: 0 });
  expect(await readFile(join(directory, 'cleaned'), 'utf8')).toBe('cleaned\n');
  expect(await child.stop()).toEqual({ exitCode: 0 });
});

test('a program that ignores SIGTERM is killed after the grace', async () => {
  const script = `trap '' TERM; echo $$ > pid; while true; do sleep 0.05; done`;
  const child = await startWatched('sh', ['-c', script], { environment, directory });
  await until(async () => (await pids('pid')).length === 1, 2_000);
  expect(await child.stop(100)).toEqual({ exitCode: null });
  const [pid = 0] = await pids('pid');
  await until(() => !isAlive(pid), 1_000);
});

test('a directory that is not there: it says so', async () => {
  const started = startWatched('true', [], { environment, directory: '/no/such/directory' });
  await expect(started).rejects.toMatchObject({ name: 'NotStarted' });
});

/** A process of its own that starts a watched child with a grandchild, as Baton would. */
async function parent(): Promise<ReturnType<typeof spawn>> {
  const source = await readFile(new URL('./watched.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  await writeFile(join(directory, 'watched.mjs'), code);
  const script = `trap '' TERM; echo $$ >> pids; (trap '' TERM; sh -c 'echo $$ >> pids; sleep 60') & while true; do sleep 0.05; done`;
  await writeFile(
    join(directory, 'parent.mjs'),
    `import { startWatched } from './watched.mjs';
     await startWatched('sh', ['-c', ${JSON.stringify(script)}], { environment: process.env, directory: ${JSON.stringify(directory)} });
     setInterval(() => undefined, 1000);`,
  );
  return spawn(process.execPath, [join(directory, 'parent.mjs')], {
    stdio: 'inherit',
    detached: true,
  });
}

test.each(['the process', 'its whole group'])(
  'kill -9 of %s: child and grandchild end within 2 s, although they ignore SIGTERM',
  async (what) => {
    const baton = await parent();
    await until(async () => (await pids('pids')).length === 2, 10_000);
    const children = await pids('pids');
    expect(children.every(isAlive)).toBe(true);
    const pid = baton.pid ?? 0;
    process.kill(what === 'the process' ? pid : -pid, 'SIGKILL');
    await once(baton, 'exit');
    await until(() => !children.some(isAlive), 2_000);
  },
);
