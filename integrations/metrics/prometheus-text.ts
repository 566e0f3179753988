import type { ArmReading } from '../../domain/rollout.ts';
import { parseExposition, type Sample } from './exposition.ts';

const REQUESTS = 'http_requests_total';
const BUCKET = 'http_request_duration_seconds_bucket';

/**
 * What one process has counted, from its Prometheus text: requests and errors (code 5xx) from
 * `http_requests_total{code}`, latency from the histogram `http_request_duration_seconds`, both
 * added up over all other labels.
 *
 * @returns `null` when one of them is missing, incomplete, or holds something that is no count: half
 *   of a reading would be taken for a good one.
 */
export function readArm(text: string): ArmReading | null {
  const samples = parseExposition(text) ?? [];
  const requests = sumRequests(samples.filter(({ name }) => name === REQUESTS));
  const latency = sumLatency(samples.filter(({ name }) => name === BUCKET));
  return requests === null || latency === null ? null : { ...requests, latency };
}

function sumRequests(samples: readonly Sample[]): Pick<ArmReading, 'requests' | 'errors'> | null {
  if (samples.length === 0) return null;
  let requests = 0;
  let errors = 0;
  for (const { value, labels } of samples) {
    const { code } = labels;
    if (!isCount(value) || code === undefined) return null;
    requests += value;
    if (code.startsWith('5')) errors += value;
  }
  return { requests, errors };
}

function sumLatency(samples: readonly Sample[]): ArmReading['latency'] | null {
  const series = [...bySeries(samples).values()].map(perBucket);
  const [first] = series;
  if (!first) return null;
  const counts = first.bounds.map(() => 0);
  for (const one of series) {
    // Series with other bounds cannot be added up.
    if (one?.bounds.join() !== first.bounds.join()) return null;
    for (const [index, count] of one.counts.entries()) counts[index] = (counts[index] ?? 0) + count;
  }
  return { upperBoundsMs: first.bounds.slice(0, -1).map((bound) => bound * 1_000), counts };
}

/** A series is what has the same labels besides the bucket's bound `le`. */
function bySeries(samples: readonly Sample[]): ReadonlyMap<string, readonly Sample[]> {
  const all = new Map<string, Sample[]>();
  for (const sample of samples) {
    const others = Object.entries(sample.labels).filter(([label]) => label !== 'le');
    const name = JSON.stringify(others.sort(([a], [b]) => (a < b ? -1 : 1)));
    all.set(name, [...(all.get(name) ?? []), sample]);
  }
  return all;
}

/** Prometheus counts each bucket from zero; here each has only its own. The last bound is infinite. */
function perBucket(
  samples: readonly Sample[],
): { readonly bounds: readonly number[]; readonly counts: readonly number[] } | null {
  const rows = samples
    .map(({ labels: { le }, value }) => ({ bound: le === '+Inf' ? Infinity : Number(le), value }))
    .sort((a, b) => a.bound - b.bound);
  if (rows.at(-1)?.bound !== Infinity) return null;
  const counts: number[] = [];
  let below = 0;
  for (const { bound, value } of rows) {
    if (!isCount(value) || Number.isNaN(bound) || value < below) return null;
    counts.push(value - below);
    below = value;
  }
  return { bounds: rows.map(({ bound }) => bound), counts };
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
