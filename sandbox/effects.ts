import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something a person or a system outside would notice: an object created or its state changed. */
export interface Effect {
  readonly system: 'jira' | 'github' | 'slack' | 'cluster';
  /** What came about: `comment`, `status`, `branch`, `pull`, `message`, `deploy`... */
  readonly kind: string;
  /** From content or marker, never from a fresh id: the same effect twice has the same key twice. */
  readonly key: string;
}

export interface CountedEffect extends Effect {
  /** How often that same effect came about. */
  readonly count: number;
}

export interface Effects {
  /**
   * Appends one effect. Give `id`, unique to the happening and drawn from state that is saved
   * after this call, when a kill between the two must not count twice: of several entries with one
   * id only the last counts.
   */
  record(effect: Effect, id?: string): void;
}

const FILE = 'effects.jsonl';

export function openEffects(dataDir: string): Effects {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, FILE);
  // A line that was cut by a kill must not swallow the next one.
  if (existsSync(path) && !readFileSync(path, 'utf8').endsWith('\n')) appendFileSync(path, '\n');
  return {
    record: ({ system, kind, key }, id) =>
      appendFileSync(
        path,
        `${JSON.stringify({ system, kind, key, id, at: new Date().toISOString() })}\n`,
      ),
  };
}

/**
 * The effects of a data directory in the order in which each was first seen. May be called by
 * another process while the sandbox runs; a line half written is left out.
 */
export function readEffects(dataDir: string): CountedEffect[] {
  const path = join(dataDir, FILE);
  if (!existsSync(path)) return [];
  const happenings = new Map<string, Effect>();
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    const entry = parse(line);
    if (entry) happenings.set(entry.id ? `${entry.system} ${entry.id}` : `line ${index}`, entry);
  }
  const counted = new Map<string, Effect & { count: number }>();
  for (const { system, kind, key } of happenings.values()) {
    const name = JSON.stringify([system, kind, key]);
    const seen = counted.get(name);
    if (seen) seen.count += 1;
    else counted.set(name, { system, kind, key, count: 1 });
  }
  return [...counted.values()];
}

function parse(line: string): (Effect & { id?: string }) | undefined {
  try {
    return JSON.parse(line) as Effect & { id?: string };
  } catch {
    return undefined;
  }
}
