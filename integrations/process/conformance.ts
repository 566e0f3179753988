import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunUntrusted, UntrustedCommand } from './port.ts';

/** Every promise of `RunUntrusted`, whatever contains the code. */
export function runUntrustedConformance(name: string, open: () => Promise<RunUntrusted>): void {
  describe(`RunUntrusted: ${name}`, () => {
    let directory: string;
    let run: (script: string, more?: Partial<UntrustedCommand>) => ReturnType<RunUntrusted>;

    beforeEach(async () => {
      directory = await realpath(await mkdtemp(join(tmpdir(), 'baton-untrusted-')));
      const runUntrusted = await open();
      run = async (script, more = {}) =>
        runUntrusted({
          command: ['sh', '-c', script],
          directory,
          environment: {},
          timeoutMs: 10_000,
          maxOutputBytes: 100_000,
          network: false,
          ...more,
        });
    });
    afterEach(async () => rm(directory, { recursive: true, force: true }));

    test('output of both streams and the exit code come back', async () => {
      const result = await run('echo out; echo err >&2; exit 3');
      expect(result).toMatchObject({ exitCode: 3, ending: 'exited' });
      expect(result.output.split('\n').sort()).toEqual(['', 'err', 'out']);
    });

    test('a command that does not exist is an exit code, not a crash', async () => {
      const result = await run('', { command: ['no-such-command-here'] });
      expect(result.ending).toBe('exited');
      expect(result.exitCode).toBeGreaterThan(0);
    });

    test('it works in its directory, and what it writes there stays', async () => {
      const result = await run('pwd; echo written > file.txt');
      expect(result.output.trim()).toBe(directory);
      expect(await readFile(join(directory, 'file.txt'), 'utf8')).toBe('written\n');
    });

    test('it sees the given environment and nothing of ours', async () => {
      process.env['BATON_TEST_SECRET'] = 'do-not-show';
      try {
        const result = await run('env', { environment: { GIVEN: 'yes' } });
        const names = result.output.split('\n').flatMap((line) => line.split('=')[0] ?? []);
        const allowed = ['', 'GIVEN', 'HOME', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', 'OLDPWD', '_'];
        expect(names.filter((one) => !allowed.includes(one))).toEqual([]);
        expect(result.output).toContain('GIVEN=yes');
      } finally {
        delete process.env['BATON_TEST_SECRET'];
      }
    });

    test('home and temporary directory are its own and can be written', async () => {
      const result = await run(
        'echo "$HOME"; echo x > "$HOME/x" && echo y > "$TMPDIR/y" && echo ok',
      );
      const [home] = result.output.split('\n');
      expect(result.output).toContain('ok');
      expect(home).not.toBe(process.env['HOME']);
    });

    test('node is found, in the version that runs us', async () => {
      const result = await run('node -p process.version');
      expect(result.output.trim()).toBe(process.version);
    });

    test('it has no standard input', async () => {
      expect((await run('cat; echo end')).output).toBe('end\n');
    });

    test('out of time: it and its children end, also those that ignore SIGTERM', async () => {
      const startedAt = Date.now();
      const result = await run(
        `trap '' TERM; (trap '' TERM; while true; do date +%s%N > tick; sleep 0.05; done) & echo begun; while true; do sleep 0.1; done`,
        { timeoutMs: 300 },
      );
      expect(result).toMatchObject({ exitCode: null, ending: 'timed-out' });
      expect(result.output).toMatch(/^begun/);
      expect(Date.now() - startedAt).toBeLessThan(6_000);
      const last = await readFile(join(directory, 'tick'), 'utf8');
      await new Promise((resolve) => setTimeout(resolve, 200)); // four of its ticks
      expect(await readFile(join(directory, 'tick'), 'utf8')).toBe(last);
    });

    test('a child left behind ends with it, and its hold on the output delays nobody', async () => {
      const startedAt = Date.now();
      const result = await run(
        '(while true; do date +%s%N > tick; sleep 0.05; done) & sleep 0.2; echo done',
      );
      expect(result).toMatchObject({ exitCode: 0, output: 'done\n' });
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      const last = await readFile(join(directory, 'tick'), 'utf8');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await readFile(join(directory, 'tick'), 'utf8')).toBe(last);
    });

    test('output beyond the limit is cut and ends it', async () => {
      const result = await run('while true; do echo 0123456789; done', { maxOutputBytes: 1_000 });
      expect(result.ending).toBe('output-limit');
      expect(result.output).toHaveLength(1_000);
    });

    test('cancelled while it runs: it ends at once and says so', async () => {
      const abort = new AbortController();
      const running = run('echo begun; sleep 30', {
        signal: abort.signal,
        onAlive: () => abort.abort(),
      });
      expect(await running).toMatchObject({ exitCode: null, ending: 'cancelled' });
    });

    test('cancelled before it began: it is not started', async () => {
      const started = run('echo x > started', { signal: AbortSignal.abort() });
      await expect(started).rejects.toThrow();
      await expect(readFile(join(directory, 'started'))).rejects.toThrow('ENOENT');
    });

    test('a sign of life comes about every second', async () => {
      let signs = 0;
      await run('sleep 1.4', { onAlive: () => (signs += 1) });
      expect(signs).toBeGreaterThanOrEqual(1);
    });

    test('text that looks like shell is an argument, never a command', async () => {
      await writeFile(join(directory, 'print.js'), 'console.log(process.argv.slice(2).join("|"))');
      const hostile = ['$(touch pwned)', '; touch pwned', '`touch pwned`', '"'];
      const result = await run('', { command: ['node', 'print.js', ...hostile] });
      expect(result.output.trim()).toBe(hostile.join('|'));
      await expect(readFile(join(directory, 'pwned'))).rejects.toThrow('ENOENT');
    });
  });
}
