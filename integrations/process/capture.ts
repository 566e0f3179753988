import type { Readable } from 'node:stream';

/** Chunks of one or more streams in the order in which they came, cut at a limit. */
export interface Capture {
  readonly overflowed: boolean;
  bytes(): Buffer;
}

/** @param onOverflow - called once, when the first byte beyond the limit came */
export function capture(
  streams: readonly (Readable | null)[],
  maxBytes: number,
  onOverflow: () => void,
): Capture {
  const chunks: Buffer[] = [];
  let size = 0;
  let overflowed = false;
  const take = (chunk: Buffer) => {
    const room = maxBytes - size;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    size += Math.min(chunk.length, Math.max(room, 0));
    if (chunk.length > room && !overflowed) {
      overflowed = true;
      onOverflow();
    }
  };
  for (const stream of streams) stream?.on('data', take).on('error', () => undefined);
  return {
    get overflowed() {
      return overflowed;
    },
    bytes: () => Buffer.concat(chunks),
  };
}

/**
 * Waits until the streams have ended, but not long: a process that left the group may hold them
 * open for ever. What is still open then is closed.
 */
export async function drain(streams: readonly (Readable | null)[], maxMs = 250): Promise<void> {
  const open = streams.filter((stream): stream is Readable => stream !== null && !stream.closed);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, maxMs)));
  const closed = open.map((stream) => new Promise<void>((done) => stream.once('close', done)));
  await Promise.race([Promise.all(closed), late]);
  clearTimeout(timer);
  for (const stream of open) stream.destroy();
}
