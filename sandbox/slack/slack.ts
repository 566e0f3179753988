import { join } from 'node:path';
import type { Person } from '../directory.ts';
import type { Effects } from '../effects.ts';
import { startHttpServer } from '../http-server.ts';
import { openLedger } from '../ledger.ts';
import { openStateFile } from '../state-file.ts';
import { press, type Press, type PressOutcome } from './interactions.ts';
import { answerResponseUrl } from './response-url.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import { deliverSigned } from './signed-delivery.ts';
import { openSocketMode, type Acknowledgement, type Envelope } from './socket-mode.ts';
import { APP_ID, initialSlackState, TEAM, type SlackMessage } from './state.ts';
import { createTriggers } from './triggers.ts';
import { submit } from './views.ts';
import { createWebApi } from './web-api.ts';
import { openWorkspace } from './workspace.ts';

export interface SlackOptions {
  readonly dataDir: string;
  /** 0 draws a free one. */
  readonly port: number;
  /** Signed interactions go to `<gatewayUrl>/slack/events` when they do not go over the socket. */
  readonly gatewayUrl: string;
  readonly secrets: {
    readonly SLACK_BOT_TOKEN: string;
    readonly SLACK_APP_TOKEN: string;
    readonly SLACK_SIGNING_SECRET: string;
  };
  readonly effects: Effects;
  /** Everybody in the workspace, the bot too. */
  readonly people: readonly Person[];
  /** Slack's pages on socket mode and on interactivity: three seconds. */
  readonly acknowledgeWithinMs?: number;
}

export interface Slack {
  readonly url: string;
  /** Presses a button as a person; see `POST /sandbox/press`. */
  press(what: Press): Promise<PressOutcome>;
  messages(): readonly SlackMessage[];
  /**
   * Called after each message that came, changed or went (then without text and blocks), until the
   * answer is called.
   */
  onChange(listener: (message: SlackMessage) => void): () => void;
  close(): Promise<void>;
}

/**
 * A stand-in for a Slack workspace with one app: the Web API at `<url>/api/`, socket mode,
 * interactions signed over HTTP instead when `POST /sandbox/interactivity { mode: "http" }` says so.
 * It refuses what Slack refuses and deduplicates nothing.
 */
export async function startSlack(options: SlackOptions): Promise<Slack> {
  const { dataDir, effects, people, secrets, gatewayUrl, acknowledgeWithinMs = 3000 } = options;
  const state = openStateFile(join(dataDir, 'slack.json'), initialSlackState(people));
  const webhooks = { send: () => undefined };
  const ledger = openLedger({ system: 'slack', state, effects, webhooks });
  const workspace = openWorkspace({ state, ledger, people });
  const triggers = createTriggers();
  const bot = people.find((person) => person.bot)?.slackUser ?? '';

  const deliver = (envelope: Envelope): Promise<Acknowledgement> =>
    workspace.state.interactivity === 'socket'
      ? socketMode.deliver(envelope)
      : deliverSigned({
          url: `${gatewayUrl}/slack/events`,
          signingSecret: secrets.SLACK_SIGNING_SECRET,
          payload: envelope.payload,
          acknowledgeWithinMs,
        });
  const pressAs = (what: Press) =>
    press({ workspace, triggers, baseUrl: () => server.url, deliver }, what);
  const webApi = createWebApi({
    workspace,
    bot,
    secrets,
    triggers,
    socketUrl: () => socketMode.drawUrl(),
  });

  const server = await startHttpServer({
    port: options.port,
    routes: {
      'POST /api/:method': webApi,
      'GET /api/:method': webApi,
      'POST /actions/:team/:id': (request) => answerResponseUrl(workspace, bot, request),
      ...sandboxRoutes({
        workspace,
        press: pressAs,
        submit: (what) => submit({ workspace, triggers, deliver }, what),
        said: (message) => {
          if (workspace.state.interactivity === 'socket') void deliver(messageEvent(message));
        },
      }),
    },
  });
  const socketMode = openSocketMode({
    server: server.server,
    baseUrl: () => server.url,
    acknowledgeWithinMs,
  });

  return {
    url: server.url,
    press: pressAs,
    messages: () => workspace.state.messages,
    onChange: (listener) => workspace.onChange(listener),
    close: async () => {
      await socketMode.close();
      await server.close();
    },
  };
}

function messageEvent(message: { readonly channel: string; readonly ts: string }): Envelope {
  const event = { type: 'message', channel_type: 'channel', event_ts: message.ts, ...message };
  return {
    type: 'events_api',
    payload: {
      type: 'event_callback',
      team_id: TEAM.id,
      api_app_id: APP_ID,
      event_id: `Ev${message.ts.replace('.', '')}`,
      event_time: Math.floor(Number(message.ts)),
      event,
    },
  };
}
