import { App, LogLevel, type Logger } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import { WebClient } from '@slack/web-api';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCOUNTS } from '../directory.ts';
import { openEffects } from '../effects.ts';
import { startSlack, type Slack } from './slack.ts';

/** For tests: a workspace on a fresh directory, with Slack's own clients. */
export interface SlackFixture {
  readonly directory: string;
  slack: Slack;
  readonly client: WebClient;
  clientOf(token: string): WebClient;
  /** The real Bolt, connected; ended with the fixture. */
  startApp(): Promise<App>;
  /** Started again on the same directory and port. */
  restart(options?: { gatewayUrl?: string; acknowledgeWithinMs?: number }): Promise<void>;
  /** A request as the sandbox's people make it. */
  ask(path: string, body: object): Promise<{ status: number; body: unknown }>;
  views(): Promise<readonly { readonly id: string }[]>;
  close(): Promise<void>;
}

export const SLACK_SECRETS = {
  SLACK_BOT_TOKEN: 'xoxb-test',
  SLACK_APP_TOKEN: 'xapp-test',
  SLACK_SIGNING_SECRET: 'signing-test',
};
export const CHANNEL = 'C0SHOPDEV';

export function buttonBlocks(text: string, action: string, value = 'sha256:00'): KnownBlock[] {
  return [
    {
      type: 'actions',
      block_id: 'decision',
      elements: [{ type: 'button', action_id: action, text: { type: 'plain_text', text }, value }],
    },
  ];
}

export const FORM: ModalView = {
  type: 'modal',
  callback_id: 'reason',
  private_metadata: 'SHOP-1',
  title: { type: 'plain_text', text: 'Reject SHOP-1' },
  submit: { type: 'plain_text', text: 'Reject' },
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: { type: 'plain_text', text: 'Why?' },
      element: { type: 'plain_text_input', action_id: 'reason' },
    },
  ],
};

/** Slack's error code of a call that failed. */
export function errorOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => 'no error',
    (error: unknown) => (error as { data?: { error?: string } }).data?.error,
  );
}

/** Refusals are what the tests are about: their log would be noise. */
const nothing = () => undefined;
const SILENT: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};

export async function createSlackFixture(): Promise<SlackFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'slack-'));
  const open = (port: number, options: object = {}) =>
    startSlack({
      dataDir: directory,
      port,
      gatewayUrl: 'http://127.0.0.1:1',
      secrets: SLACK_SECRETS,
      effects: openEffects(directory),
      people: ACCOUNTS,
      ...options,
    });
  const slack = await open(0);
  const clientOf = (token: string) =>
    new WebClient(token, {
      slackApiUrl: `${slack.url}/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: SILENT,
    });
  let app: App | undefined;
  const fixture: SlackFixture = {
    directory,
    slack,
    clientOf,
    client: clientOf(SLACK_SECRETS.SLACK_BOT_TOKEN),
    startApp: async () => {
      app = new App({
        token: SLACK_SECRETS.SLACK_BOT_TOKEN,
        appToken: SLACK_SECRETS.SLACK_APP_TOKEN,
        socketMode: true,
        logger: SILENT,
        clientOptions: { slackApiUrl: `${slack.url}/api/` },
      });
      await app.start();
      return app;
    },
    restart: async (options) => {
      await fixture.slack.close();
      fixture.slack = await open(Number(new URL(slack.url).port), options);
    },
    ask: async (path, body) => {
      const request = { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(slack.url + path, request);
      return { status: response.status, body: await response.json() };
    },
    views: async () => {
      const response = await fetch(`${slack.url}/sandbox/views`);
      return ((await response.json()) as { views: { id: string }[] }).views;
    },
    close: async () => {
      await app?.stop();
      await fixture.slack.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return fixture;
}
