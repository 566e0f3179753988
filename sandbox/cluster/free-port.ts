import { createServer } from 'node:net';

/** Below the range from which systems draw the ports of outgoing connections. */
const FIRST = 20_000;
const LAST = 31_999;

/**
 * A port on which nothing listens. Not drawn by the system: what is remembered over a restart must
 * not be taken meanwhile by somebody's outgoing connection.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
