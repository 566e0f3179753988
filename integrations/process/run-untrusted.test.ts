import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { probeIsolation } from './bubblewrap.ts';
import { runUntrustedConformance } from './conformance.ts';
import { createRunUntrusted } from './run-untrusted.ts';

const isolation = await probeIsolation();

runUntrustedConformance('isolation none', async () => createRunUntrusted({ isolation: 'none' }));

const limits = { timeoutMs: 10_000, maxOutputBytes: 10_000, environment: {} };

test('without bubblewrap a run is refused unless the policy says none', async () => {
  const missing = { available: false, sentence: 'bubblewrap is not installed: install it.' };
  const run = createRunUntrusted({ isolation: 'bubblewrap', probe: async () => missing });
  const command = ['true'];
  await expect(
    run({ command, directory: tmpdir(), network: false, ...limits }),
  ).rejects.toMatchObject({
    kind: 'NotAuthorized',
    message: expect.stringContaining('bubblewrap is not installed'),
  });
});

test('what the probe says is a sentence for a person', () => {
  expect(isolation.sentence).toMatch(/^bubblewrap .+\.$/);
});

if (isolation.available) {
  runUntrustedConformance('bubblewrap', async () =>
    createRunUntrusted({ isolation: 'bubblewrap' }),
  );

  describe('in bubblewrap', () => {
    const run = createRunUntrusted({ isolation: 'bubblewrap' });
    const within = async (script: string, network = false) => {
      const directory = await mkdtemp(join(tmpdir(), 'baton-cell-'));
      try {
        return await run({ command: ['sh', '-c', script], directory, network, ...limits });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    };

    test('nothing outside of its directory can be written, and no other home is seen', async () => {
      const result = await within(
        `touch /usr/x; touch /etc/x; ls ${homedir()}; ls /proc | grep -c '^[0-9]'`,
      );
      expect(result.output).toMatch(/Read-only file system/);
      expect(result.output).toMatch(/No such file or directory/);
    });

    test('a file of ours in the temporary directory cannot be read', async () => {
      const file = join(tmpdir(), `baton-outside-${process.pid}`);
      await writeFile(file, 'outside');
      try {
        expect((await within(`cat ${file}`)).output).not.toMatch(/^outside/);
      } finally {
        await rm(file);
      }
    });

    test('without network our own ports cannot be reached, with it they can', async () => {
      const server = createServer((_, response) => response.end('reached'));
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const { port } = server.address() as AddressInfo;
      const script = `node -e "fetch('http://127.0.0.1:${port}').then(r => r.text()).then(console.log, () => console.log('shut'))"`;
      try {
        expect((await within(script)).output.trim()).toBe('shut');
        expect((await within(script, true)).output.trim()).toBe('reached');
      } finally {
        server.close();
      }
    });
  });
} else {
  // The reason is in the name, so that a report shows why the suite was left out.
  test.skip(`bubblewrap conformance: ${isolation.sentence}`, () => undefined);
}
