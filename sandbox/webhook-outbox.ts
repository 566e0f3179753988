import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface Attempt {
  readonly at: string;
  /** The receiver's answer; 0 for none (refused, timed out, dropped). */
  readonly status: number;
  readonly durationMs: number;
  readonly dropped?: boolean;
}

export interface Delivery {
  /** Counts up; a redelivery has a new one. */
  readonly id: number;
  /** The vendor's delivery id: the same for retries, duplicates and redeliveries. */
  readonly guid: string;
  readonly event: string;
  readonly body: string;
  readonly redelivery: boolean;
  readonly attempts: readonly Attempt[];
  /** No further attempt is made by itself. */
  readonly done: boolean;
}

export interface Faults {
  /** How many times more each delivery is sent. */
  readonly duplicate?: number;
  readonly delayMs?: number;
  /** Share of the deliveries that never arrive, 0 to 1. */
  readonly dropRate?: number;
  /** With the same seed the same deliveries are dropped. */
  readonly seed?: number;
}

type MutableDelivery = Omit<Delivery, 'attempts' | 'done'> & { attempts: Attempt[]; done: boolean };

type Line =
  | { readonly add: MutableDelivery }
  | { readonly attempt: Attempt; readonly id: number; readonly done: boolean }
  | { readonly faults: Faults };

export interface OutboxFile {
  add(
    delivery: Pick<Delivery, 'guid' | 'event' | 'body'> & { readonly redelivery?: boolean },
  ): Delivery;
  attempted(delivery: Delivery, attempt: Attempt, done: boolean): void;
  deliveries(): readonly Delivery[];
  faults(): Faults;
  setFaults(faults: Faults): void;
  /** The fault's draw for this delivery: fixed by seed and id, so a restart does not change it. */
  isDropped(delivery: Delivery): boolean;
}

/** What is delivered and done is kept this long in the list, as the vendors keep theirs for days. */
const KEPT = 1000;

/** A journal of lines, appended before anything is sent; rewritten short when it is opened. */
export function openOutboxFile(path: string): OutboxFile {
  mkdirSync(dirname(path), { recursive: true });
  const { deliveries, ...stored } = replay(path);
  let faults = stored.faults;
  let nextId = (deliveries.at(-1)?.id ?? 0) + 1;
  compact(path, deliveries, faults);
  const write = (line: Line) => appendFileSync(path, `${JSON.stringify(line)}\n`);

  return {
    add: ({ guid, event, body, redelivery = false }) => {
      const add = { id: nextId, guid, event, body, redelivery, attempts: [], done: false };
      nextId += 1;
      write({ add });
      deliveries.push(add);
      return add;
    },
    attempted: ({ id }, attempt, done) => {
      write({ attempt, id, done });
      apply(deliveries, { attempt, id, done });
    },
    deliveries: () => deliveries,
    faults: () => faults,
    setFaults: (fresh) => {
      faults = fresh;
      write({ faults });
    },
    isDropped: ({ id }) => draw(faults.seed ?? 1, id) < (faults.dropRate ?? 0),
  };
}

function replay(path: string): { deliveries: MutableDelivery[]; faults: Faults } {
  const deliveries: MutableDelivery[] = [];
  let faults: Faults = {};
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  for (const text of lines) {
    const line = parse(text);
    if (!line) continue; // cut by a kill: it was never acknowledged
    if ('faults' in line) faults = line.faults;
    else if ('add' in line) deliveries.push(line.add);
    else apply(deliveries, line);
  }
  return {
    deliveries: deliveries.filter(({ done }, n) => !done || n >= deliveries.length - KEPT),
    faults,
  };
}

function apply(
  deliveries: readonly MutableDelivery[],
  line: { readonly attempt: Attempt; readonly id: number; readonly done: boolean },
): void {
  const delivery = deliveries.findLast(({ id }) => id === line.id);
  if (!delivery) return;
  delivery.attempts.push(line.attempt);
  delivery.done = line.done;
}

function compact(path: string, deliveries: readonly MutableDelivery[], faults: Faults): void {
  const lines: Line[] = [{ faults }, ...deliveries.map((add) => ({ add }))];
  writeFileSync(`${path}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path);
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** A number in [0, 1) from two integers (the mixing steps of the splitmix32 generator). */
function draw(seed: number, n: number): number {
  let z = (seed + Math.imul(n, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 0x1_0000_0000;
}
