import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MetricsPort } from './port.ts';

export interface MetricsFixture {
  readonly metrics: MetricsPort;
  /** A version that has counted 100 requests, 3 of them errors, in at most 50 ms each. */
  readonly counted: { environment: string; service: string; version: string };
  /** Versions of which there is no data, and why. */
  readonly silent: Readonly<Record<string, MetricsFixture['counted']>>;
  close(): Promise<void>;
}

/** Every promise of `MetricsPort`. */
export function metricsConformance(name: string, open: () => Promise<MetricsFixture>): void {
  describe(`MetricsPort: ${name}`, () => {
    let at: MetricsFixture;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(async () => at.close());

    test('requests, errors and latency are what the version counted', async () => {
      const reading = await at.metrics.read(at.counted);
      expect(reading).toMatchObject({ requests: 100, errors: 3 });
      const { upperBoundsMs = [], counts = [] } = reading?.latency ?? {};
      expect(counts).toHaveLength(upperBoundsMs.length + 1);
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(100);
      const above = upperBoundsMs.findIndex((bound) => bound > 50);
      expect(counts.slice(above).every((one) => one === 0)).toBe(true);
    });

    test('no data is said to be none, whatever the reason', async () => {
      for (const [why, version] of Object.entries(at.silent)) {
        expect([why, await at.metrics.read(version)]).toEqual([why, null]);
      }
    });

    test('cancelled: the reason comes through', async () => {
      const reason = new Error('cancelled');
      const signal = AbortSignal.abort(reason);
      await expect(at.metrics.read({ ...at.counted, signal })).rejects.toBe(reason);
    });
  });
}
