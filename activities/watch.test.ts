import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ArmReading } from '../domain/rollout.ts';
import type { MetricsPort } from '../integrations/metrics/port.ts';
import { openWorkshop, storyOf, type Workshop } from '../test/fixtures/activity-store.ts';
import { asActivity } from '../test/fixtures/as-activity.ts';
import { sampleConfig } from '../test/fixtures/packets.ts';
import { createWatchActivities, type WatchInput } from './watch.ts';

let at: Workshop;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

const reading = (requests: number, errors = 0): ArmReading => ({
  requests,
  errors,
  latency: { upperBoundsMs: [], counts: [] },
});

/** Each arm counts up by this at every reading; what counted before was never Baton's. */
function metricsOf(
  arms: Record<string, { each: number; errors?: number; from?: number } | null>,
): MetricsPort & { reads: number } {
  const reads: Record<string, number> = {};
  return {
    reads: 0,
    async read({ version }) {
      this.reads += 1;
      const arm = arms[version] ?? null;
      if (arm === null) return null;
      const times = reads[version] ?? 0;
      reads[version] = times + 1;
      return reading((arm.from ?? 0) + times * arm.each, times * (arm.errors ?? 0));
    },
  };
}

let count = 0;
const inputOf = (more: Partial<WatchInput> = {}): WatchInput => {
  count += 1;
  return {
    key: `WATCH-${count}`,
    rollout: `WATCH-${count}/1/checkout`,
    service: 'checkout',
    candidate: 'v2',
    baseline: 'v1',
    weight: 5,
    lastWeight: 50,
    tickMs: 1,
    policy: {
      minTicks: 3,
      silentTicks: 5,
      minRequests: 100,
      maxTicks: 20,
      maxErrorRate: 0.01,
      errorRatio: 1.5,
    },
    ...more,
  };
};

const watch = (input: WatchInput, metrics: MetricsPort, environment?: MockActivityEnvironment) =>
  asActivity(
    () =>
      createWatchActivities({ config: sampleConfig(), store: at.store, metrics }).watchStep(input),
    environment,
  );

const well = () => metricsOf({ v1: { each: 100 }, v2: { each: 50 } });
const bad = () => metricsOf({ v1: { each: 100 }, v2: { each: 50, errors: 10 } });

test('enough good readings advance the weight, and every reading is kept', async () => {
  const input = inputOf();
  const result = await watch(input, well());
  expect(result).toMatchObject({ verdict: 'advance', ticks: 4 });
  const ticks = await at.store.readTicks(input.rollout);
  expect(ticks.map((t) => [t.tick, t.weight, t.candidate?.requests])).toEqual([
    [1, 5, 0],
    [2, 5, 50],
    [3, 5, 100],
    [4, 5, 150],
  ]);
});

test('at the last weight they promote', async () => {
  expect(await watch(inputOf({ weight: 50 }), well())).toMatchObject({ verdict: 'promote' });
});

test('errors beyond the objective roll back, with the figures, in the audit log too', async () => {
  const input = inputOf();
  const result = await watch(input, bad());
  expect(result.verdict).toBe('rollback');
  expect(result.sentence).toContain('20.00 % of 50 requests');
  expect(await storyOf(at.store, input.key)).toEqual([
    `Verdict on checkout v2: rollback. ${result.sentence}`,
  ]);
});

test('no data is inconclusive, never a pass', async () => {
  const silent = await watch(inputOf(), metricsOf({ v1: { each: 100 }, v2: null }));
  expect(silent).toMatchObject({ verdict: 'inconclusive', ticks: 5 });
  const idle = await watch(inputOf(), metricsOf({ v1: { each: 100 }, v2: { each: 0 } }));
  expect(idle.verdict).toBe('inconclusive');
});

test('the first reading is what the counters count from: errors of before are nobody’s', async () => {
  const metrics: MetricsPort = {
    read: (
      (n) => async () =>
        reading(1_000 + 50 * (n += 1), 900)
    )(0),
  };
  const result = await watch(inputOf({ baseline: null }), metrics);
  expect(result.verdict).toBe('advance');
  expect(result.sentence).toContain('0.00 % of 150 requests');
});

test('killed midway, it goes on from the stored readings to the verdict it would have had', async () => {
  const whole = inputOf();
  const unbroken = await watch(whole, well());
  const kept = await at.store.readTicks(whole.rollout);
  for (let before = 1; before < kept.length; before += 1) {
    const input = inputOf();
    for (const tick of kept.slice(0, before)) await at.store.appendTick(input.rollout, tick);
    const rest = kept.slice(before).flatMap((t) => [t.candidate, t.baseline]);
    const metrics = { read: async () => rest.shift() ?? null };
    expect(await watch(input, metrics)).toEqual(unbroken);
    expect(rest).toEqual([]);
  }
});

test('killed after the last reading, it gives its verdict again without another reading', async () => {
  const input = inputOf();
  const first = await watch(input, bad());
  const metrics = well();
  expect(await watch(input, metrics)).toEqual(first);
  expect(metrics.reads).toBe(0);
  expect(await storyOf(at.store, input.key)).toHaveLength(1);
});

test('a verdict of an earlier weight is history: the new weight is watched anew', async () => {
  const input = inputOf();
  expect(await watch(input, well())).toMatchObject({ verdict: 'advance', ticks: 4 });
  const next = metricsOf({ v1: { each: 100, from: 400 }, v2: { each: 50, from: 200 } });
  const result = await watch({ ...input, weight: 10 }, next);
  expect(result).toMatchObject({ verdict: 'advance', ticks: 7 });
  expect(result.sentence).toContain('at 10 %');
});

test('a reading that another attempt stored first is the one that counts', async () => {
  const input = inputOf({ baseline: null });
  const mine = well();
  const metrics: MetricsPort = {
    async read(asked) {
      const found = await mine.read(asked);
      const tick = (await at.store.readTicks(input.rollout)).length + 1;
      const candidate = reading(100 * (tick - 1), tick === 1 ? 0 : 50);
      const stored = { tick, at: new Date(0).toISOString(), weight: 5, candidate, baseline: null };
      await at.store.appendTick(input.rollout, stored);
      return found;
    },
  };
  const result = await watch(input, metrics);
  expect(result).toMatchObject({ verdict: 'rollback', ticks: 2 });
  expect(await watch(input, well())).toEqual(result);
});

test('a cancellation ends the watch at once', async () => {
  const environment = new MockActivityEnvironment();
  const metrics: MetricsPort = {
    async read() {
      environment.cancel();
      return reading(0);
    },
  };
  const input = inputOf({ tickMs: 3_600_000 });
  await expect(watch(input, metrics, environment)).rejects.toMatchObject({ name: 'AbortError' });
  expect(await storyOf(at.store, input.key)).toEqual([]);
});

test('it beats while it watches, so that a killed worker is noticed', async () => {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  await watch(inputOf(), well(), environment);
  expect(beats).toBeGreaterThan(0);
});
