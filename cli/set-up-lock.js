import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { say } from './set-up-run.js';

const FIRST_PORT = 21_000;
const PORTS = 8_000;
const TRIES = 20;

/**
 * Lets one set-up at a time fill a directory. The lock is a listening socket on the loopback
 * interface, its port drawn from the directory's name: the kernel gives it to one process only and
 * takes it back however that process dies, which no lock file can promise; and whoever waits hears
 * the end as its connection closing. A port that some other program holds is passed over.
 *
 * @param {string} directory
 * @param {() => Promise<void>} work
 */
export async function withLock(directory, work) {
  const name = `baton set-up of ${directory}\n`;
  const seed = createHash('sha256').update(directory).digest().readUInt32BE(0);
  let port = FIRST_PORT + (seed % PORTS);
  for (let tries = 0; tries < TRIES;) {
    const release = await take(port, name);
    if (release !== null) {
      try {
        return await work();
      } finally {
        release();
      }
    }
    if (!(await waitForEnd(port, name))) {
      port += 1;
      tries += 1;
    }
  }
  say('cannot tell whether another set-up is at work; going on');
  return work();
}

/** @param {number} port @param {string} name @returns {Promise<(() => void) | null>} */
function take(port, name) {
  return new Promise((resolve) => {
    /** @type {Set<import('node:net').Socket>} */
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => waiting.delete(socket));
      socket.write(name);
    });
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}

/**
 * @param {number} port
 * @param {string} name
 * @returns {Promise<boolean>} true when it was a set-up of the same directory, and has ended
 */
function waitForEnd(port, name) {
  return new Promise((resolve) => {
    let heard = '';
    let ours = false;
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(1_000, () => {
      if (!ours) socket.destroy(); // some other program
    });
    socket.setEncoding('utf8');
    socket.on('data', (/** @type {string} */ text) => {
      heard += text;
      if (!ours && heard === name) {
        ours = true;
        say('another set-up is at work here; waiting for it');
      }
    });
    let refused = false;
    socket.on('error', (error) => {
      // Nobody listens any more: it ended between our two calls.
      refused = 'code' in error && error.code === 'ECONNREFUSED';
    });
    socket.once('close', () => resolve(ours || refused));
  });
}
