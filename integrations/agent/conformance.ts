import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AgentPort, AgentTask } from './port.ts';

export interface AgentFixture {
  readonly agent: AgentPort;
  /** What makes the agent turn `price.txt` from `1` to `2`, and what it cannot do. */
  readonly can: Partial<AgentTask>;
  readonly cannot: Partial<AgentTask>;
}

/** Every promise of `AgentPort`. */
export function agentConformance(name: string, open: () => Promise<AgentFixture>): void {
  describe(`AgentPort: ${name}`, () => {
    let directory: string;
    let at: AgentFixture;
    const run = (more: Partial<AgentTask>) =>
      at.agent.run({
        ticket: 'SHOP-1',
        repository: 'shop/checkout',
        round: 1,
        directory,
        brief: '# SHOP-1',
        timeoutMs: 10_000,
        maxOutputBytes: 10_000,
        signal: new AbortController().signal,
        onAlive: () => undefined,
        ...more,
      });
    beforeEach(async () => {
      directory = await realpath(await mkdtemp(join(tmpdir(), 'baton-agent-')));
      await mkdir(join(directory, '.git'));
      await writeFile(join(directory, 'price.txt'), '1\n');
      at = await open();
    });
    afterEach(async () => rm(directory, { recursive: true, force: true }));

    test('what it can do is done, in its clone', async () => {
      expect(await run(at.can)).toMatchObject({ outcome: 'done' });
      expect(await readFile(join(directory, 'price.txt'), 'utf8')).toBe('2\n');
    });

    test('what it cannot do is a failure with a sentence, not an error', async () => {
      const result = await run(at.cannot);
      expect(result.outcome).toBe('failed');
      expect(result.sentence).toMatch(/^[A-Z].+\.$/);
      expect(await readFile(join(directory, 'price.txt'), 'utf8')).toBe('1\n');
    });

    test('nothing of ours is left in its clone', async () => {
      await run(at.can);
      await expect(readFile(join(directory, '.baton', 'brief.md'))).rejects.toThrow('ENOENT');
    });

    test('cancelled: the reason comes through', async () => {
      const reason = new Error('cancelled');
      await expect(run({ ...at.can, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });
  });
}
