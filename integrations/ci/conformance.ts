import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CiPort, CiReading } from './port.ts';

export interface CiFixture {
  readonly ci: CiPort;
  readonly repository: string;
  /** A commit for which nothing was started. */
  readonly untouched: string;
  /** Starts CI on a new commit whose run ends so; answers the commit. */
  start(result: 'passed' | 'failed'): Promise<string>;
  close(): Promise<void>;
}

/** Every promise of `CiPort`. */
export function ciConformance(name: string, open: () => Promise<CiFixture>): void {
  describe(`CiPort: ${name}`, () => {
    let at: CiFixture;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(async () => at.close());

    const finished = async (commit: string): Promise<CiReading> => {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
        const reading = await at.ci.readChecks({ repository: at.repository, commit });
        if (reading.state === 'passed' || reading.state === 'failed') return reading;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('CI did not finish');
    };

    test('a commit that nothing was started for has no checks, which is not a pass', async () => {
      const { repository, untouched: commit } = at;
      expect(await at.ci.readChecks({ repository, commit })).toEqual({ state: 'none', checks: [] });
    });

    test.each(['passed', 'failed'] as const)(
      'a run that %s says so, with its words',
      async (result) => {
        const reading = await finished(await at.start(result));
        expect(reading.state).toBe(result);
        expect(reading.checks).toHaveLength(1);
        expect(reading.checks[0]).toMatchObject({
          state: result,
          summary: expect.stringMatching(/./),
        });
      },
    );

    test('a commit of no repository is refused', async () => {
      await expect(
        at.ci.readChecks({ repository: 'shop/nothing', commit: 'a'.repeat(40) }),
      ).rejects.toMatchObject({ name: 'IntegrationError', kind: 'IntegrationRejected' });
    });
  });
}
