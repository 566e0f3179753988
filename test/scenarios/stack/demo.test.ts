import { expect, test } from '@jest/globals';
import { runBaton } from '../../stack/baton-command.ts';
import * as contract from '../../stack/contract.ts';

/** The limits are the demo's own on a quiet machine with two cores; what a busy one may take is on top. */
const SCENARIOS = [
  { scenario: 'happy', key: 'SHOP-1', verdicts: ['promoted'], limitMs: 90_000, events: 400 },
  {
    scenario: 'canary-rollback',
    key: 'SHOP-2',
    verdicts: ['rolled-back', 'promoted'],
    limitMs: 180_000,
    events: 1_200,
  },
] as const;

test.each(SCENARIOS)(
  'the demo $scenario prints one object and ends by itself',
  async ({ scenario, key, verdicts, limitMs, events }) => {
    const startedAt = Date.now();
    const { code, out, err } = await runBaton(['demo', '--scenario', scenario, '--json'], {
      withinMs: 300_000,
    });
    expect({
      code,
      tookTooLong: Date.now() - startedAt > limitMs,
      err: code === 0 ? '' : err,
    }).toEqual({
      code: 0,
      tookTooLong: false,
      err: '',
    });
    const { tickets, ...rest } = contract.onlyLine(out, contract.demo);
    expect(rest).toMatchObject({ scenario, ok: true, audit: { valid: true } });
    const [ticket] = tickets;
    expect(tickets).toHaveLength(1);
    expect(ticket).toMatchObject({ key, outcome: 'stable' });
    expect(ticket?.rollouts.map(({ verdict }) => verdict)).toEqual(verdicts);
    expect(ticket?.rollouts.map(({ round }) => round)).toEqual(
      verdicts.map((_, index) => index + 1),
    );
    expect(ticket?.effects.filter(({ count }) => count !== 1)).toEqual([]);
    expect(ticket?.historyEvents).toBeLessThanOrEqual(events);
    expect(new Set(ticket?.approvals.map(({ channel }) => channel))).toEqual(new Set(['slack']));
    expectNoGap(ticket?.stages ?? []);
  },
  320_000,
);

test('a scenario that does not exist is wrong usage, with those that do', async () => {
  const { code, out, err } = await runBaton(['demo', '--scenario', 'nonsense', '--json']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/happy.*canary-rollback/);
});

/** Stages follow each other, and working and waiting make up each of them. */
function expectNoGap(stages: readonly contract.StageInterval[]): void {
  stages.forEach(({ startedAt, endedAt, workingMs, waitingMs }, index) => {
    const next = stages[index + 1];
    if (next !== undefined) expect(endedAt).toBe(next.startedAt);
    expect(workingMs + waitingMs).toBe(Date.parse(endedAt ?? '') - Date.parse(startedAt));
  });
  expect(stages.at(-1)).toMatchObject({ stage: 'monitoring' });
}
