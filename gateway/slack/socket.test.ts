import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { ACCOUNTS } from '../../sandbox/directory.ts';
import { openEffects } from '../../sandbox/effects.ts';
import { startSlack, type Slack } from '../../sandbox/slack/slack.ts';
import {
  closeStore,
  openStore,
  SECRETS,
  startGateway,
  until,
  type GatewayUnderTest,
} from '../../test/gateway-under-test.ts';

let directory: string;
let slack: Slack;
let gateway: GatewayUnderTest | undefined;

beforeAll(openStore, 60_000);
afterAll(closeStore);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'baton-socket-'));
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await slack.close();
  rmSync(directory, { recursive: true, force: true });
});

const openSlack = (port = 0) =>
  startSlack({
    dataDir: directory,
    port,
    gatewayUrl: 'http://127.0.0.1:1',
    secrets: {
      SLACK_BOT_TOKEN: SECRETS.SLACK_BOT_TOKEN,
      SLACK_APP_TOKEN: SECRETS.SLACK_APP_TOKEN ?? '',
      SLACK_SIGNING_SECRET: SECRETS.SLACK_SIGNING_SECRET ?? '',
    },
    effects: openEffects(directory),
    people: ACCOUNTS,
  });

async function openGateway(): Promise<GatewayUnderTest> {
  gateway = await startGateway({
    config: {
      chat: { kind: 'slack', apiUrl: `${slack.url}/api`, mode: 'socket', channel: 'C0SHOPDEV' },
    },
  });
  gateway.temporal.running.add('ticket/SHOP-1');
  return gateway;
}

const isConnected = async () =>
  (await (await fetch(`${gateway?.url ?? ''}/metrics`)).text()).includes(
    '\nbaton_slack_connected 1',
  );

/** A message with one button, pressed by the approver. */
async function press(): Promise<boolean> {
  const client = new WebClient(SECRETS.SLACK_BOT_TOKEN, { slackApiUrl: `${slack.url}/api/` });
  const { ts = '' } = await client.chat.postMessage({
    channel: 'C0SHOPDEV',
    text: 'Release?',
    blocks: [
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'approve:release',
            text: { type: 'plain_text', text: 'Approve release' },
            value: JSON.stringify({ key: 'SHOP-1', gate: 'release', subject: null }),
          },
        ],
      },
    ],
  });
  const { acknowledged } = await slack.press({
    user: 'U0APPROVER',
    channel: 'C0SHOPDEV',
    ts,
    actionId: 'approve:release',
  });
  return acknowledged;
}

test('a press comes over the socket, and is acknowledged once it is durable', async () => {
  slack = await openSlack();
  const { temporal, store } = await openGateway();
  await until('the socket', isConnected);
  expect(await press()).toBe(true);
  await until('the decision', () => temporal.updates.length === 1);
  expect(temporal.updates[0]?.decision).toMatchObject({ by: 'approver', gate: 'release' });
  await until('the mark', async () => (await store.waitingDeliveries(9)).length === 0);
});

test('Slack may be away at the start and go away later: the socket comes back, the gateway lives on', async () => {
  slack = await openSlack();
  const port = Number(new URL(slack.url).port);
  await slack.close();
  const { temporal, url } = await openGateway();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  for (let n = 1; n <= 2; n += 1) {
    slack = await openSlack(port);
    await until('the socket', isConnected);
    expect(await press()).toBe(true);
    await until('the decision', () => temporal.updates.length === n);
    await slack.close();
    await until('the end of the socket', async () => !(await isConnected()));
  }
});
