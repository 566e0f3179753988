import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from '../worker/installed.ts';

const running = z.object({
  url: z.string(),
  temporal: z.string(),
  namespace: z.string(),
  pid: z.number(),
});

/** What `baton up` tells the other commands of this machine about itself. */
export type RunningStack = z.infer<typeof running>;

function noteOf(url: string): string {
  return join(cacheDirectory(), 'running', `${new URL(url).port}.json`);
}

/** Leaves a note for commands that need more than the gateway; answers how to take it back. */
export function announce(stack: RunningStack): () => void {
  const file = noteOf(stack.url);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(stack)}\n`);
  return () => rmSync(file, { force: true });
}

/** The stack of this machine that listens at the address, if one does and still lives. */
export function findRunning(url: string): RunningStack | null {
  try {
    const stack = running.parse(JSON.parse(readFileSync(noteOf(url), 'utf8')));
    process.kill(stack.pid, 0); // throws when there is no such process
    return stack;
  } catch {
    return null;
  }
}
