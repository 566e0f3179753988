import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunUntrusted } from '../process/run-untrusted.ts';
import { createCommandAgent } from './command.ts';
import { agentConformance } from './conformance.ts';
import type { AgentTask } from './port.ts';
import { createRecordedAgent } from './recorded.ts';

const PATCH = (before: number) => `diff --git a/price.txt b/price.txt
--- a/price.txt
+++ b/price.txt
@@ -1 +1 @@
-${before}
+2
`;

let root: string;
let recordings: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'baton-recordings-'));
  recordings = join(root, 'agent');
  const record = async (path: string, text: string) => {
    await mkdir(dirname(join(recordings, path)), { recursive: true });
    await writeFile(join(recordings, path), text);
  };
  await record('SHOP-1/checkout/1.patch', PATCH(1));
  await record('SHOP-1/checkout/2.patch', PATCH(99));
  await writeFile(join(root, '1.patch'), PATCH(1));
});
afterAll(async () => rm(root, { recursive: true, force: true }));

const runUntrusted = createRunUntrusted({ isolation: 'none' });
const command = (script: string) =>
  createCommandAgent({ command: ['sh', '-c', script, 'agent', '{brief}'], runUntrusted });

agentConformance('recorded', async () => ({
  agent: createRecordedAgent({ directory: recordings }),
  can: { round: 1 },
  cannot: { round: 3 },
}));
agentConformance('recorded, a change that does not fit', async () => ({
  agent: createRecordedAgent({ directory: recordings }),
  can: { round: 1 },
  cannot: { round: 2 },
}));
agentConformance('command', async () => ({
  agent: command('if [ $BATON_ROUND = 1 ]; then echo 2 > price.txt; else echo no >&2; exit 4; fi'),
  can: { round: 1 },
  cannot: { round: 2 },
}));

const task = (directory: string, more: Partial<AgentTask> = {}): AgentTask => ({
  ticket: 'SHOP-1',
  repository: 'shop/checkout',
  round: 1,
  directory,
  brief: '# Do this',
  timeoutMs: 5_000,
  maxOutputBytes: 1_000,
  signal: new AbortController().signal,
  onAlive: () => undefined,
  ...more,
});
const inClone = async <T>(use: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'baton-clone-'));
  try {
    await writeFile(join(directory, 'price.txt'), '1\n');
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

test.each([
  [
    'no recording for the round',
    { round: 9 },
    'There is no recorded change for SHOP-1 in shop/checkout, round 9.',
  ],
  ['a ticket that is a path', { ticket: '../../SHOP-1' }, 'There is no recorded change'],
  ['a repository that is a path', { repository: 'shop/..' }, 'There is no recorded change'],
  ['a change that does not fit', { round: 2 }, 'The recorded change does not fit onto this code.'],
])('%s says so', async (_, more, sentence) => {
  const agent = createRecordedAgent({ directory: recordings });
  const result = await inClone((directory) => agent.run(task(directory, more)));
  expect(result).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining(sentence) });
});

test('what an agent wrote into its .git is not read when a recording is applied', async () => {
  await inClone(async (directory) => {
    for (const part of ['objects', 'refs'])
      await mkdir(join(directory, '.git', part), { recursive: true });
    await writeFile(join(directory, '.git', 'HEAD'), 'ref: refs/heads/main\n');
    await writeFile(join(directory, '.git', 'config'), 'this is [no configuration');
    const result = await createRecordedAgent({ directory: recordings }).run(task(directory));
    expect(result.outcome).toBe('done');
  });
});

test('a command finds the brief by argument and by variable, and leaves its words', async () => {
  const agent = command('cat "$1"; test "$1" = "$BATON_BRIEF" && echo; env | grep -c TOKEN');
  const result = await inClone((directory) => agent.run(task(directory)));
  expect(result.output).toBe('# Do this\n0\n');
});

test('a link in the place of the brief is replaced, not followed', async () => {
  await inClone(async (directory) => {
    const outside = join(root, 'outside');
    await mkdir(outside, { recursive: true });
    await rm(join(directory, '.baton'), { force: true });
    await symlink(outside, join(directory, '.baton'));
    await command('true').run(task(directory));
    await expect(readFile(join(outside, 'brief.md'))).rejects.toThrow('ENOENT');
  });
});

test.each([
  ['out of time', 'sleep 30', { timeoutMs: 200 }, /is its limit/],
  [
    'printing without end',
    'while true; do echo xxxxxxxxxx; done',
    { maxOutputBytes: 100 },
    /more than 100 bytes/,
  ],
  ['killed', 'kill -9 $$', {}, /ended by a signal/],
])('an agent %s has failed, and what it wrote stays', async (_, script, more, sentence) => {
  await inClone(async (directory) => {
    const agent = command(`echo kept > kept.txt; ${script}`);
    const result = await agent.run(task(directory, more));
    expect(result).toMatchObject({ outcome: 'failed', sentence: expect.stringMatching(sentence) });
    expect(await readFile(join(directory, 'kept.txt'), 'utf8')).toBe('kept\n');
  });
});
