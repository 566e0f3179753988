import parsePrometheusTextFormat, { type PrometheusFamily } from 'parse-prometheus-text-format';
import type { ArmReading } from '../../domain/rollout.ts';

const REQUESTS = 'http_requests_total';
const DURATION = 'http_request_duration_seconds';

/**
 * What one process has counted, from its Prometheus text (format 0.0.4): requests and errors (code
 * 5xx) from `http_requests_total{code}`, latency from the histogram `http_request_duration_seconds`,
 * both added up over all other labels.
 *
 * @returns `null` when one of them is missing, incomplete, or holds something that is no count: half
 *   of a reading would be taken for a good one.
 */
export function readArm(text: string): ArmReading | null {
  const families = parse(text);
  const requests = sumRequests(families.find(({ name }) => name === REQUESTS));
  const latency = sumLatency(families.find(({ name }) => name === DURATION));
  return requests === null || latency === null ? null : { ...requests, latency };
}

function parse(text: string): readonly PrometheusFamily[] {
  try {
    return parsePrometheusTextFormat(text);
  } catch {
    return []; // no text of this format: no data
  }
}

function sumRequests(
  family: PrometheusFamily | undefined,
): Pick<ArmReading, 'requests' | 'errors'> | null {
  if (family === undefined || family.metrics.length === 0) return null;
  let requests = 0;
  let errors = 0;
  for (const { value, labels } of family.metrics) {
    const count = toCount(value);
    const code = labels?.['code'];
    if (count === null || code === undefined) return null;
    requests += count;
    if (/^5/.test(code)) errors += count;
  }
  return { requests, errors };
}

function sumLatency(family: PrometheusFamily | undefined): ArmReading['latency'] | null {
  if (family === undefined || family.metrics.length === 0) return null;
  const series = family.metrics.map(({ buckets }) => perBucket(buckets ?? {}));
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

/** Prometheus counts each bucket from zero; here each has only its own. The last bound is infinite. */
function perBucket(
  buckets: Readonly<Record<string, string>>,
): { readonly bounds: readonly number[]; readonly counts: readonly number[] } | null {
  const rows = Object.entries(buckets)
    .map(([bound, count]) => ({
      bound: bound === '+Inf' ? Infinity : Number(bound),
      count: toCount(count),
    }))
    .sort((a, b) => a.bound - b.bound);
  if (rows.at(-1)?.bound !== Infinity) return null;
  const counts: number[] = [];
  let below = 0;
  for (const { bound, count } of rows) {
    if (count === null || Number.isNaN(bound) || count < below) return null;
    counts.push(count - below);
    below = count;
  }
  return { bounds: rows.map(({ bound }) => bound), counts };
}

function toCount(value: string | undefined): number | null {
  const count = value === undefined || value.trim() === '' ? NaN : Number(value);
  return Number.isFinite(count) && count >= 0 ? count : null;
}
