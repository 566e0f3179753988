import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config, Secrets } from '../../domain/config.schema.ts';
import type { Decisions } from '../decisions.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { createBoltApp, idleReceiver, socketReceiver } from './bolt.ts';
import { slackEventsRoute } from './events-route.ts';
import { createPresses } from './presses.ts';
import { createSlackSocket } from './socket.ts';
import type { SlackVoice } from './voice.ts';

interface SlackDoorDeps {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly decisions: Decisions;
  readonly voice: SlackVoice;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
  readonly clock: () => number;
}

/** Where presses come in: the socket (when the configuration says so) and the signed route (when there is a secret for it). */
export interface SlackDoor {
  routes(scope: FastifyInstance): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** @throws Error when the configured mode has no secret to work with */
export function createSlackDoor(deps: SlackDoorDeps): SlackDoor {
  const { config, secrets, decisions, voice, metrics, log, clock } = deps;
  const { apiUrl, mode } = config.chat;
  const { SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret } = secrets;
  if (mode === 'socket' && appToken === undefined) {
    throw new Error('chat.mode is socket, but there is no SLACK_APP_TOKEN');
  }
  if (mode === 'http' && signingSecret === undefined) {
    throw new Error('chat.mode is http, but there is no SLACK_SIGNING_SECRET');
  }
  const presses = createPresses({ config, decisions, voice, log });
  const receiver = mode === 'socket' ? socketReceiver(apiUrl, appToken ?? '', log) : undefined;
  const botToken = secrets.SLACK_BOT_TOKEN;
  const app = createBoltApp({ apiUrl, botToken, presses, log }, receiver ?? idleReceiver());
  const socket =
    receiver &&
    createSlackSocket(receiver, log, (open) => metrics.slackConnected.set(open ? 1 : 0));
  return {
    async routes(scope) {
      if (signingSecret === undefined) return;
      await slackEventsRoute(scope, { app, signingSecret, clock, metrics, log });
    },
    start: () => socket?.start(),
    stop: async () => socket?.stop(),
  };
}
