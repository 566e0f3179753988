import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Effects } from '../effects.ts';
import { startHttpServer } from '../http-server.ts';
import { openLedger } from '../ledger.ts';
import { openStateFile } from '../state-file.ts';
import { openWebhooks } from '../webhooks.ts';
import { commentRoutes } from './comment-routes.ts';
import { withPerson, type JiraContext } from './context.ts';
import { issueRoutes } from './issue-routes.ts';
import { siteRoutes } from './site-routes.ts';
import { initialState, type SeedTicket } from './state.ts';

export interface JiraOptions {
  readonly dataDir: string;
  /** 0 draws a free one. */
  readonly port: number;
  /** Webhooks go to `<gatewayUrl>/webhooks/jira`. */
  readonly gatewayUrl: string;
  readonly secrets: { readonly JIRA_TOKEN: string; readonly JIRA_WEBHOOK_SECRET: string };
  readonly effects: Effects;
  /** The tickets of a fresh data directory. */
  readonly tickets: readonly SeedTicket[];
  /** Jira waits minutes; five retries either way. */
  readonly retryDelaysMs?: readonly number[];
}

const RETRY_DELAYS_MS = [500, 1000, 2000, 4000, 8000];

/**
 * A stand-in for Jira Cloud: REST versions 2 (texts) and 3 (documents), signed webhooks. A token
 * with an e-mail is that person, as a bearer the bot. State is on disk before a request is
 * answered.
 */
export async function startJira(
  options: JiraOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { dataDir, secrets, effects } = options;
  const state = openStateFile(
    join(dataDir, 'jira.json'),
    initialState(options.tickets, Date.now()),
  );
  const webhooks = openWebhooks({
    file: join(dataDir, 'jira-webhooks.jsonl'),
    url: `${options.gatewayUrl}/webhooks/jira`,
    retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
    headers: ({ guid, attempts }, body) => ({
      'user-agent': 'Atlassian Webhook HTTP Client',
      'x-atlassian-webhook-identifier': guid,
      'x-atlassian-webhook-flow': 'Primary',
      'x-atlassian-webhook-retry': String(attempts.length),
      'x-hub-signature': `sha256=${createHmac('sha256', secrets.JIRA_WEBHOOK_SECRET).update(body).digest('hex')}`,
    }),
  });
  let url = '';
  const context: JiraContext = {
    state,
    token: secrets.JIRA_TOKEN,
    baseUrl: () => url,
    ledger: openLedger({ system: 'jira', state, effects, webhooks }),
  };
  const server = await startHttpServer({
    port: options.port,
    routes: {
      ...withPerson(context, {
        ...siteRoutes(context),
        ...issueRoutes(context),
        ...commentRoutes(context),
      }),
      ...webhooks.routes,
    },
  });
  url = server.url;
  return {
    url,
    close: async () => {
      await Promise.all([server.close(), webhooks.close()]);
    },
  };
}
