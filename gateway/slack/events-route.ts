import type { IncomingMessage } from 'node:http';
import type { App } from '@slack/bolt';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { parse, verify, type SlackPayload } from '../../integrations/chat/slack-webhook.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import { readRawBody } from '../raw-body.ts';
import { press, reasonSubmission } from './interaction.schema.ts';

interface EventsRouteDeps {
  readonly app: App;
  readonly signingSecret: string;
  readonly clock: () => number;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
}

const LIMIT_BYTES = 1_000_000;

/**
 * `POST /slack/events`: Slack over HTTP (Slack: Verifying requests from Slack; Handling user
 * interaction). The signature is checked on the bytes, then the same handlers as the socket's run.
 */
export async function slackEventsRoute(scope: FastifyInstance, deps: EventsRouteDeps) {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    ['application/json', 'application/x-www-form-urlencoded'],
    (_request: unknown, payload: IncomingMessage) => readRawBody(payload, LIMIT_BYTES),
  );
  scope.post('/slack/events', async (request, reply) => {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!verify(raw, request.headers, deps.signingSecret, deps.clock())) {
      deps.metrics.deliveries.inc({ source: 'slack', result: 'forged' });
      deps.log.warn({ source: 'slack', bytes: raw.length }, 'a delivery without a true signature');
      throw new Problem(401, 'not-genuine', 'The signature does not fit, or is too old.');
    }
    const reading = parse(raw, request.headers);
    if (reading.kind === 'malformed' && isFlatForm(raw)) return reply.status(200).send();
    if (reading.kind === 'malformed') {
      deps.metrics.deliveries.inc({ source: 'slack', result: 'malformed' });
      throw new Problem(400, 'malformed', 'This is not a delivery of Slack.');
    }
    const body = reading.payload;
    if (body.type === 'url_verification') return { challenge: String(body['challenge']) };
    if (!isUsed(body)) return reply.status(200).send();
    deps.metrics.deliveries.inc({ source: 'slack', result: 'received' });
    return acknowledged(deps, body);
  });
}

/** What was acknowledged, as soon as it was; the rest of the handling goes on behind it. */
async function acknowledged({ app, log }: EventsRouteDeps, body: SlackPayload) {
  let acknowledge: (given: unknown) => void = () => undefined;
  const answer = new Promise<unknown>((resolve) => (acknowledge = resolve));
  const handled = app
    .processEvent({ body: { ...body }, ack: async (given) => acknowledge(given ?? '') })
    .catch((error: unknown) => {
      log.warn({ reason: error instanceof Error ? error.message : '' }, 'a press was not handled');
    });
  const notStored = handled.then(() => {
    throw new Problem(503, 'not-stored', 'Nothing was acknowledged: send it again.');
  });
  return Promise.race([answer, notStored]);
}

function isUsed(body: unknown): boolean {
  return press.safeParse(body).success || reasonSubmission.safeParse(body).success;
}

/** Commands and Slack's check of the certificate come without a `payload`; neither is used. */
function isFlatForm(raw: Buffer): boolean {
  const form = new URLSearchParams(raw.toString('utf8'));
  return form.has('command') || form.has('ssl_check');
}
