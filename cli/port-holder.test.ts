import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { assertFree, portHolder } from './port-holder.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

async function withListener(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

onLinux('a taken port is refused with the process that has it', () =>
  withListener(async (port) => {
    expect(portHolder(port)?.pid).toBe(process.pid);
    await expect(assertFree(`127.0.0.1:${port}`)).rejects.toThrow(
      `127.0.0.1:${port} is taken by process ${process.pid} (`,
    );
  }),
);

test('a free port is free, and stays so', async () => {
  let port = 0;
  await withListener(async (taken) => {
    port = taken;
  });
  await assertFree(`127.0.0.1:${port}`);
  await assertFree(`127.0.0.1:${port}`);
  expect(portHolder(port)).toBeNull();
});
