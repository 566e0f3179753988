import { WebClient } from '@slack/web-api';
import type { Client } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config, Secrets } from '../domain/config.schema.ts';
import type { TrackerPort } from '../integrations/tracker/port.ts';
import type { Store } from '../store/port.ts';
import { createAnswers, type AnswerOnPullRequest } from './answers.ts';
import { auditRoutes } from './api/audit.ts';
import { decisionRoutes } from './api/decisions.ts';
import { healthRoutes } from './api/health.ts';
import { openApiRoute } from './api/openapi.ts';
import { ticketRoutes } from './api/tickets.ts';
import { createDoor, type Door } from './caller.ts';
import { createDecisions } from './decisions.ts';
import { createAuditFeed } from './events/audit-feed.ts';
import { eventsRoute } from './events/events-route.ts';
import { createHandOver } from './hand-over.ts';
import { createInbox } from './inbox.ts';
import { createListener, noteRoutes, refuseOtherMethods } from './listener.ts';
import { createMetrics } from './metrics.ts';
import { pageRoute } from './page/page-route.ts';
import { createRedactor } from '../integrations/redaction.ts';
import { createSlackDoor } from './slack/slack-door.ts';
import { createSlackVoice, slackClientOptions } from './slack/voice.ts';
import { createTicketWorkflows } from './ticket-workflows.ts';
import { githubSource } from './webhooks/github.ts';
import { jiraSource } from './webhooks/jira.ts';
import { webhooksRoute } from './webhooks/webhooks-route.ts';

export interface GatewayDeps {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly store: Store;
  readonly temporal: Client;
  /** Writes, by marker, why a review did not count. */
  readonly answerOnPullRequest: AnswerOnPullRequest;
  /** With it, starting a ticket by hand first makes sure that there is one. */
  readonly readTicket?: TrackerPort['readTicket'];
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How often what was not handed over is handed over again. */
  readonly sweepEveryMs?: number;
}

export interface Gateway {
  /** Rejects with the system's error (`EADDRINUSE`) when the port is taken. */
  listen(): Promise<{ readonly url: string }>;
  /** Ends open streams and sockets, and waits for what is being handed over. */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 2_000;
/** How long an answer under way may take when the gateway closes. */
const CLOSE_PATIENCE_MS = 2_000;

/** The HTTP edge: verifies, stores, hands over; shows what the store says. Decides nothing. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { config, secrets, store, log, clock } = deps;
  const metrics = createMetrics();
  const workflows = createTicketWorkflows(deps.temporal, log);
  const { apiUrl } = config.chat;
  const slack = createSlackVoice(
    new WebClient(secrets.SLACK_BOT_TOKEN, slackClientOptions(apiUrl)),
  );
  const answer = createAnswers({ slack, answerOnPullRequest: deps.answerOnPullRequest, log });
  const handOver = createHandOver({ config, store, workflows, answer, metrics, log });
  const inbox = createInbox({ store, handOver, pingEngine: () => workflows.ping(), log, clock });
  const redact = createRedactor(secrets);
  const decisions = createDecisions({ config, store, inbox, redact });
  const slackDoor = createSlackDoor({
    config,
    secrets,
    decisions,
    voice: slack,
    metrics,
    log,
    clock,
  });
  const feed = createAuditFeed(store, log);
  const closing = new AbortController();
  const door = createDoor(config);

  const app = createListener(log, metrics);
  const routes = noteRoutes(app);
  void app.register((scope) => {
    const sources = [jiraSource(secrets), githubSource(secrets, redact)];
    return webhooksRoute(scope, { sources, inbox, metrics, log });
  });
  void app.register((scope) => slackDoor.routes(scope));
  void app.register((scope) => healthRoutes(scope, { store, workflows, metrics }));
  void app.register(async (scope) => {
    guard(scope, door);
    await ticketRoutes(scope, { config, store, workflows, readTicket: deps.readTicket, clock });
    await decisionRoutes(scope, { decisions, store, workflows, door });
    await auditRoutes(scope, store);
    await eventsRoute(scope, feed, closing.signal);
    await openApiRoute(scope);
    await pageRoute(scope, store, clock);
  });
  void app.register(async (scope) => refuseOtherMethods(scope, routes));

  return {
    async listen() {
      const [host = '127.0.0.1', port = '0'] = config.gateway.listen.split(':');
      const url = await app.listen({ host, port: Number(port) });
      await feed.start();
      inbox.start(deps.sweepEveryMs ?? SWEEP_EVERY_MS);
      slackDoor.start();
      return { url };
    },
    async close() {
      closing.abort();
      await slackDoor.stop();
      const impatient = setTimeout(() => app.server.closeAllConnections(), CLOSE_PATIENCE_MS);
      await app.close();
      clearTimeout(impatient);
      await inbox.stop();
      await feed.stop();
    },
  };
}

/** Pages and API are for this machine and this site; signed deliveries and probes come from anywhere. */
function guard(scope: FastifyInstance, door: Door): void {
  scope.addHook('onRequest', async ({ headers, socket }) =>
    door.admit({ headers, remoteAddress: socket.remoteAddress }),
  );
}
