import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runBaton } from '../../stack/baton-command.ts';
import * as contract from '../../stack/contract.ts';
import { readPulls } from '../../stack/github-reader.ts';
import { openShop, type Shop } from '../../stack/shop.ts';
import { waitUntil } from '../../stack/wait-until.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop('manual');
}, 60_000);
afterAll(() => shop.close(), 30_000);

const WHO_MAY = 'developer, reviewer, approver or operator';

/** What a command said on stdout, or of a refusal on stderr, with its exit code; a trace is no sentence. */
async function said(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await shop.baton(...args);
  expect(`${out}${err}`).not.toMatch(/\n\s+at |Unexpected/);
  if (code === 0) expect(err).toBe('');
  else expect(out).toBe('');
  return `${code ?? 'killed'}: ${out}${err}`;
}
const untilGate = (key: string, gate: string, round = 1) =>
  shop.untilTicket(key, (t) => t.round === round && t.waiting?.for === `gate:${gate}`);
const countOf = async (key: string) =>
  (await shop.effects()).find((effect) => effect.key === key)?.count ?? 0;
const pulls = () =>
  readPulls(shop.addresses.github, shop.secrets.GITHUB_TOKEN ?? '', 'shop/checkout');

describe('a ticket that Baton does not carry', () => {
  test.each([
    [['ticket', 'SHOP-2'], /^1: Baton does not carry SHOP-2/],
    [['packet', 'SHOP-2'], /^1: Baton does not carry SHOP-2/],
    [['cancel', 'SHOP-2'], /^1: .*SHOP-2/],
    [['approve', 'SHOP-2', '--gate', 'spec'], /^1: .*SHOP-2/],
    [['history', 'SHOP-2', '--out', 'unused'], /^1: Baton does not carry SHOP-2/],
    [['start', 'SHOP-99'], /^1: There is no ticket SHOP-99/],
    [['start', 'OTHER-1'], /^1: OTHER is not a project/],
    [['ticket', 'nonsense'], /^2: .*SHOP-142/],
    [['ticket', '../../etc'], /^[12]: /],
  ])('is refused in a sentence: %j', async (args, sentence) => {
    expect(await said(...args)).toMatch(sentence);
    expect(await shop.effects()).toEqual([]);
  });
});

describe('a ticket that is started by hand', () => {
  const KEY = 'SHOP-1';

  test('moves in Jira once, however often it is started', async () => {
    const [first, second] = await Promise.all([
      shop.baton('start', KEY, '--json'),
      shop.baton('start', KEY, '--json'),
    ]);
    for (const { code, out } of [first, second]) {
      expect(code).toBe(0);
      expect(contract.onlyLine(out, contract.ticket)).toMatchObject({ key: KEY, stage: 'spec' });
    }
    await untilGate(KEY, 'spec');
    expect((await shop.baton('start', KEY)).code).toBe(0);
    expect(await shop.requester.status(KEY)).toBe('Ready for build');
    expect(await countOf(`${KEY}/status/Ready for build/1`)).toBe(1);
  }, 60_000);

  test.each([
    [
      ['approve', KEY, '--gate', 'spec', '--as', 'requester'],
      `1: requester asked for this ticket, and no one approves their own work. ${WHO_MAY} may.`,
    ],
    [
      ['reject', KEY, '--gate', 'spec', '--reason', 'no', '--as', 'requester'],
      '1: requester asked',
    ],
    [
      ['approve', KEY, '--gate', 'spec', '--as', 'stranger'],
      `1: "stranger" is not among the people in baton.yaml, so nothing was decided. About ${KEY} ${WHO_MAY} may decide.`,
    ],
    [['cancel', KEY, '--as', 'stranger'], '1: "stranger" is not among the people'],
    [
      ['approve', KEY, '--gate', 'release', '--as', 'reviewer'],
      `1: The release gate of ${KEY} is not open. Waiting for 1 approval by ${WHO_MAY}`,
    ],
    [['approve', KEY, '--gate', 'code'], '2: '],
    [['approve', KEY], '2: '],
    [['reject', KEY, '--gate', 'spec'], '2: '],
    [
      ['approve', KEY, '--gate', 'spec', '--subject', `sha256:${'0'.repeat(64)}`],
      '1: What you saw',
    ],
    [['rollback', KEY], `1: There is nothing to roll back: ${KEY} is in spec`],
    [['resume', KEY], `1: ${KEY} is not held`],
    [['answer', KEY, '--question', 'goal', '--value', 'x'], `1: ${KEY} has no question goal`],
  ])('takes no decision that does not count: %j', async (args, sentence) => {
    const before = await shop.ticket(KEY);
    const heard = await said(...args);
    expect(heard.slice(0, sentence.length)).toBe(sentence);
    expect(await shop.ticket(KEY)).toEqual(before);
  });

  test('held, it does not pass a gate that is approved; resumed, it does', async () => {
    expect(await said('hold', KEY, '--reason', 'wait for me', '--as', 'developer')).toMatch(/^0: /);
    const held = await shop.untilTicket(KEY, ({ waiting }) => waiting?.for === 'resume');
    expect(held.waiting?.sentence).toMatch(/^Held by developer: wait for me\./);
    expect(await said('hold', KEY, '--reason', 'again')).toMatch(/^1: SHOP-1 is held already/);
    expect(await said('approve', KEY, '--gate', 'spec', '--as', 'approver')).toMatch(
      /^0: .*approver/,
    );
    expect(await said('ticket', KEY)).toMatch(/Held by developer/);
    expect(await shop.ticket(KEY)).toMatchObject({ stage: 'spec', waiting: { for: 'resume' } });
    expect(await said('resume', KEY, '--as', 'reviewer')).toMatch(/^0: SHOP-1 goes on/);
    await untilGate(KEY, 'review');
  }, 60_000);

  test('a second decision about a gate says that it is behind and who passed it', async () => {
    expect(await said('approve', KEY, '--gate', 'spec', '--as', 'reviewer')).toMatch(
      /^1: The spec gate of SHOP-1 is behind it \(approved by approver\)/,
    );
  });

  test('takes the person and the stack from the environment', async () => {
    const environment = { BATON_AS: 'approver', BATON_URL: shop.up.url };
    const { code, out } = await runBaton(['approve', KEY, '--gate', 'review', '--json'], {
      environment,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ counted: true, pending: false });
  });

  test('cancelled while its environment runs, it leaves no pull request and no environment', async () => {
    await waitUntil('its environment', () => countOf('env/shop-1-1/created'), { withinMs: 30_000 });
    expect(await said('cancel', KEY, '--reason', 'no longer wanted', '--as', 'requester')).toMatch(
      /^0: /,
    );
    const ended = await shop.untilTicket(KEY, ({ outcome }) => outcome !== null);
    expect(ended).toMatchObject({ outcome: 'cancelled', waiting: null });
    await waitUntil('its end', () => countOf('env/shop-1-1/destroyed'), { withinMs: 30_000 });
    expect(await pulls()).toMatchObject([{ number: 1, state: 'closed', merged_at: null }]);
    expect(await said('approve', KEY, '--gate', 'release')).toMatch(
      /^1: .*has ended \(cancelled\)/,
    );
    expect(await said('cancel', KEY)).toMatch(/^1: .*has ended \(cancelled\)/);
  }, 90_000);
});

describe('a change that people send back', () => {
  const KEY = 'SHOP-2';

  test('rejected in review, it is written anew and its pull request is closed', async () => {
    expect(await said('start', KEY)).toMatch(/^0: /);
    await untilGate(KEY, 'spec');
    expect(await said('approve', KEY, '--gate', 'spec')).toMatch(/^0: .*operator/);
    await untilGate(KEY, 'review');
    const reject = ['reject', KEY, '--gate', 'review', '--reason', 'the islands are missing'];
    expect(await said(...reject, '--as', 'approver')).toMatch(/^0: The review gate of SHOP-2/);
    await untilGate(KEY, 'review', 2);
    expect((await pulls()).slice(1)).toMatchObject([
      { state: 'closed', merged_at: null, head: { ref: `baton/${KEY}/1` } },
      { state: 'open', head: { ref: `baton/${KEY}/2` } },
    ]);
    const { out } = await shop.baton('packet', KEY, '--json');
    expect(out).toContain('approver rejected the change: the islands are missing');
  }, 90_000);

  test('rolled back by hand in the canary, production runs what it ran, and the ticket is back', async () => {
    expect(await said('approve', KEY, '--gate', 'review', '--as', 'reviewer')).toMatch(/^0: /);
    await untilGate(KEY, 'release', 2);
    expect(await said('approve', KEY, '--gate', 'release', '--as', 'operator')).toMatch(/^0: /);
    const taken = async () =>
      (await shop.effects()).some(({ key }) => /^checkout\/v[0-9]+\/weight\/10$/.test(key));
    await waitUntil('its first traffic', taken, { withinMs: 40_000 });
    const rollback = ['rollback', KEY, '--reason', 'complaints by telephone', '--as', 'developer'];
    expect(await said(...rollback)).toMatch(/^0: SHOP-2 is being rolled back/);
    await shop.untilTicket(KEY, ({ round }) => round === 3);
    const keys = (await shop.effects()).map(({ key }) => key);
    expect(keys.filter((key) => /^checkout\/v[0-9]+\/restored/.test(key))).toHaveLength(1);
    expect(keys.filter((key) => /promoted/.test(key))).toEqual([]);
  }, 120_000);

  test('cancelled when no round is left, it ends with every effect made exactly once', async () => {
    await shop.untilTicket(KEY, ({ waiting }) => waiting?.for === 'resume');
    expect(await said('cancel', KEY)).toMatch(/^0: /);
    await shop.untilTicket(KEY, ({ outcome }) => outcome === 'cancelled');
    expect((await shop.effects()).filter(({ count }) => count !== 1)).toEqual([]);
    expect((await pulls()).filter(({ state }) => state === 'open')).toEqual([]);
    expect(await said('audit', 'verify')).toMatch(/^0: /);
  }, 60_000);
});
