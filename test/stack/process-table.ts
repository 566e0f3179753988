import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One process at one time: a pid that is drawn again later is another process. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** In clock ticks since the machine started. */
  readonly startedAt: string;
}

/**
 * Everything that came from the process, by the chain of parents or as a member of a
 * group of theirs; without itself. The ancestor must have a group of its own.
 */
export function descendantsOf(ancestor: number): readonly Process[] {
  const all = listProcesses();
  const family = new Set([ancestor]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    const groups = new Set(all.filter(({ pid }) => family.has(pid)).map(({ group }) => group));
    for (const { pid, parent, group } of all) {
      if (family.has(parent) || groups.has(group)) family.add(pid);
    }
  }
  family.delete(ancestor);
  return all.filter(({ pid }) => family.has(pid));
}

/** Processes that work in the directory or were told of it on their command line, by pid. */
export function processesAbout(directory: string): readonly number[] {
  return listProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && isAbout(pid, directory));
}

/** Those that still run; a zombie does not. */
export function stillRunning(processes: readonly Process[]): readonly Process[] {
  return processes.filter(({ pid, startedAt }) => readProcess(pid)?.startedAt === startedAt);
}

/** Resident size in bytes, now. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident size`);
  return Number(kilobytes) * 1024;
}

function listProcesses(): Process[] {
  return readdirSync('/proc').flatMap((entry) => {
    const found = /^[0-9]+$/.test(entry) ? readProcess(Number(entry)) : null;
    return found === null ? [] : [found];
  });
}

/** Format: proc(5); the second field is the name in parentheses and may hold anything. */
function readProcess(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent, group] = fields;
    if (state === 'Z' || state === 'X') return null;
    const startedAt = fields[19] ?? '';
    return { pid, parent: Number(parent), group: Number(group), startedAt };
  } catch {
    return null; // ended while we looked
  }
}

function isAbout(pid: number, directory: string): boolean {
  try {
    if (readProcess(pid) === null) return false;
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return (
      commandLine.includes(directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)
    );
  } catch {
    return false; // ended while we looked, or another user's
  }
}
