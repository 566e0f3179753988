import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { descendantsOf, stillRunning } from '../../stack/process-table.ts';
import { HAPPY_EFFECTS, named } from '../../stack/happy-effects.ts';
import { openShop, type Shop } from '../../stack/shop.ts';
import { waitUntil } from '../../stack/wait-until.ts';

const KEY = 'SHOP-1';
let shop: Shop;
beforeAll(async () => {
  shop = await openShop('auto');
}, 60_000);
afterAll(() => shop.close(), 30_000);

const approvals = z.object({
  approvals: z.array(z.object({ gate: z.string(), by: z.string() })),
});

async function killAndStartAgain(): Promise<void> {
  const { process: up } = shop.up;
  const children = descendantsOf(up.pid);
  up.signal('SIGKILL');
  await up.ended;
  const ended = () => stillRunning(children).length === 0;
  await waitUntil('the end of its children', ended, { withinMs: 2_000, everyMs: 20 });
  await shop.startUp();
}

test('killed in review and again in the canary, it ends as an undisturbed run', async () => {
  await shop.requester.move(KEY, 'Ready for build');
  for (const stage of ['review', 'canary']) {
    await shop.untilTicket(KEY, (ticket) => ticket.stage === stage, 90_000);
    await killAndStartAgain();
  }
  const ended = await shop.untilTicket(KEY, ({ outcome }) => outcome !== null, 120_000);
  expect(ended).toMatchObject({ outcome: 'stable', round: 1 });
  expect(named(await shop.effects())).toEqual(HAPPY_EFFECTS);
  const history = await fetch(`${shop.up.url}/api/tickets/${KEY}/history`);
  const given = approvals.parse(await history.json()).approvals;
  expect(given.map(({ gate, by }) => `${gate} by ${by}`)).toEqual([
    'spec by reviewer',
    'review by reviewer',
    'release by reviewer',
  ]);
  expect(await shop.baton('audit', 'verify')).toMatchObject({ code: 0 });
}, 400_000);
