import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** What is read and thrown away beyond a limit, so that the sender hears the 413 instead of a reset. */
const DISCARD_BYTES = 64_000_000;
const READ_TIMEOUT_MS = 30_000;

/**
 * The body's bytes as they came: signatures cover them, not what a parser makes of them. A larger one
 * is read to its end and dropped, then refused with 413; answering earlier would reset the connection
 * under a sender that is still writing, and the sender would see no answer at all.
 */
export function readRawBody(stream: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(
      () => finish(new Problem(408, 'too-slow', 'The body did not arrive in time.')),
      READ_TIMEOUT_MS,
    );
    const tooLarge = () =>
      new Problem(413, 'too-large', `The body is larger than ${limitBytes} bytes.`);
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (length > DISCARD_BYTES) finish(tooLarge());
    };
    const onEnd = () => finish(length > limitBytes ? tooLarge() : null);
    const onBroken = () => finish(new Problem(400, 'truncated', 'The body ended too early.'));
    stream.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    function finish(problem: Problem | null): void {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('close', onBroken);
      if (problem === null) resolve(Buffer.concat(chunks, length));
      else reject(problem);
    }
  });
}
