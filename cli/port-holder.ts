import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { CommandError } from './command-line.ts';

/** Refuses before anything is started, and says who has the port. @throws CommandError */
export async function assertFree(listen: string): Promise<void> {
  const [host = '', port = ''] = listen.split(':');
  const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port: Number(port), exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
  if (problem === null) return;
  if (problem.code === 'EADDRINUSE') throw new CommandError(takenSentence(listen));
  throw new CommandError(
    `${listen} cannot be listened on (${problem.code ?? 'unknown reason'}). See gateway.listen in the configuration.`,
  );
}

export function takenSentence(listen: string): string {
  const holder = portHolder(Number(listen.split(':').at(-1)));
  const who = holder === null ? 'another process' : `process ${holder.pid} (${holder.command})`;
  return `${listen} is taken by ${who}. Stop it, or set another gateway.listen in the configuration.`;
}

/** The process that listens on a port, where Linux lets us see it; else null. */
export function portHolder(
  port: number,
): { readonly pid: number; readonly command: string } | null {
  try {
    const sockets = listeningSockets(port);
    if (sockets.size === 0) return null;
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry);
      if (Number.isInteger(pid) && holdsOne(pid, sockets)) return { pid, command: commandOf(pid) };
    }
  } catch {
    // Not Linux, or not ours to see.
  }
  return null;
}

/** Links as `/proc/PID/fd/N` shows them. Format: proc(5), /proc/net/tcp; state 0A is LISTEN. */
function listeningSockets(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const found = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local = '', , state] = fields;
      if (state === '0A' && local.endsWith(`:${wanted}`)) found.add(`socket:[${fields[9] ?? ''}]`);
    }
  }
  return found;
}

function holdsOne(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => {
      try {
        return sockets.has(readlinkSync(`${folder}/${fd}`));
      } catch {
        return false; // closed while we looked
      }
    });
  } catch {
    return false; // another user's, or gone
  }
}

function commandOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  return words.slice(0, 3).join(' ').slice(0, 100) || 'unknown';
}
