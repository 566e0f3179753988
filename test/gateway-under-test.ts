import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { config as configSchema, type Config, type Secrets } from '../domain/config.schema.ts';
import { createGateway, type GatewayDeps } from '../gateway/gateway.ts';
import { sql } from 'kysely';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { createPgliteTemplate } from '../store/pglite-template.ts';
import type { Store } from '../store/port.ts';
import { createStore } from '../store/store.ts';
import { createFakeTemporal, type FakeTemporal } from './fake-temporal.ts';
import { TEMPLATE } from './store-engines.ts';

export const SECRETS: Secrets = {
  JIRA_WEBHOOK_SECRET: 'jira-webhook-secret-of-the-test',
  GITHUB_WEBHOOK_SECRET: 'github-webhook-secret-of-the-test',
  SLACK_SIGNING_SECRET: 'slack-signing-secret-of-the-test',
  JIRA_TOKEN: 'jira-token-of-the-test',
  GITHUB_TOKEN: 'github-token-of-the-test',
  SLACK_BOT_TOKEN: 'slack-bot-token-of-the-test',
  SLACK_APP_TOKEN: 'slack-app-token-of-the-test',
};

export interface GatewayUnderTest {
  readonly url: string;
  readonly store: Store;
  readonly temporal: FakeTemporal;
  /** Calls of Slack's Web API, in order. */
  readonly slack: readonly { readonly method: string; readonly form: URLSearchParams }[];
  /** Answers on pull requests, in order. */
  readonly answers: readonly Parameters<GatewayDeps['answerOnPullRequest']>[0][];
  readonly log: readonly string[];
  /** Methods that this Slack does not know. */
  readonly unknownMethods: Set<string>;
  /** What the gateway takes for now. */
  now: number;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly deps?: (store: Store) => Partial<GatewayDeps>;
  readonly secrets?: Partial<Secrets>;
  /** The rows of the gateway before stay. */
  readonly keepRows?: boolean;
}

let shared: { readonly database: Database; readonly directory: string } | undefined;

/** Before the first test of a file: opening a PGlite takes longer than any test. */
export async function openStore(): Promise<void> {
  await createPgliteTemplate(TEMPLATE);
  const directory = mkdtempSync(join(tmpdir(), 'baton-gateway-'));
  const database = await openDatabase({ directory, template: TEMPLATE });
  await migrate(database.db);
  shared = { directory, database };
}

async function openedDatabase(keepRows: boolean): Promise<Database> {
  if (shared === undefined) throw new Error('beforeAll(openStore) is missing');
  const { db } = shared.database;
  if (keepRows) return shared.database;
  await sql`alter table audit disable trigger all`.execute(db);
  await sql`truncate ticket, board_counter, stage_interval, approval, packet, inbox, audit, audit_head`.execute(
    db,
  );
  await sql`alter table audit enable trigger all`.execute(db);
  return shared.database;
}

/** After the last test of a file. */
export async function closeStore(): Promise<void> {
  await shared?.database.close();
  if (shared !== undefined) rmSync(shared.directory, { recursive: true, force: true });
  shared = undefined;
}

/** A gateway on a free port, on an empty PGlite store, with a Temporal client and a Slack that only listen. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayUnderTest> {
  const store = createStore(await openedDatabase(options.keepRows === true));
  const slack = await startSlackApi();
  const temporal = createFakeTemporal();
  const log: string[] = [];
  const answers: Parameters<GatewayDeps['answerOnPullRequest']>[0][] = [];
  const under = { now: Date.UTC(2026, 10, 20, 10) };
  const gateway = createGateway({
    config: testConfig(slack.url, options.config),
    secrets: { ...SECRETS, ...options.secrets },
    store,
    temporal: temporal.client,
    answerOnPullRequest: async (answer) => void answers.push(answer),
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    clock: () => under.now,
    sweepEveryMs: 25,
    ...options.deps?.(store),
  });
  const { url } = await gateway.listen();
  return Object.assign(under, {
    url,
    store,
    temporal,
    slack: slack.calls,
    unknownMethods: slack.unknownMethods,
    answers,
    log,
    async close() {
      await gateway.close();
      await slack.close();
    },
  });
}

/** The sandbox's people, one service, Slack over HTTP. */
export function testConfig(
  slackUrl: string,
  change: Readonly<Record<string, unknown>> = {},
): Config {
  const people = ['requester', 'developer', 'reviewer', 'approver', 'operator'].map((id) => ({
    id,
    jira: `acc-${id}`,
    github: id,
    emails: [`${id}@shop.example`],
    slack: `U0${id.toUpperCase()}`,
  }));
  return configSchema.parse({
    version: 1,
    gateway: { listen: '127.0.0.1:0' },
    tracker: { kind: 'jira', url: 'http://127.0.0.1:9', projects: ['SHOP'] },
    forge: { kind: 'github' },
    chat: { kind: 'slack', apiUrl: slackUrl, mode: 'http', channel: 'C0SHOPDEV' },
    agent: { kind: 'command', command: ['true'] },
    deploy: { kind: 'command', command: ['true'] },
    metrics: { kind: 'scrape', url: 'http://127.0.0.1:9/{environment}/{service}/{version}' },
    services: [
      {
        name: 'checkout',
        repository: 'shop/checkout',
        suite: ['true'],
        test: ['true', '{files}'],
        testSuffix: '.test.js',
        criterion: ['true', '{criterion}'],
        smoke: ['true'],
      },
    ],
    people,
    local: 'operator',
    ...change,
  });
}

interface SlackApi {
  readonly url: string;
  readonly calls: { method: string; form: URLSearchParams }[];
  readonly unknownMethods: Set<string>;
  close(): Promise<void>;
}

async function startSlackApi(): Promise<SlackApi> {
  const calls: { method: string; form: URLSearchParams }[] = [];
  const unknownMethods = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const method = (request.url ?? '').split('/').at(-1) ?? '';
      const known = !unknownMethods.has(method);
      if (known)
        calls.push({ method, form: new URLSearchParams(Buffer.concat(chunks).toString()) });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(known ? { ok: true } : { ok: false, error: 'unknown_method' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/`;
  return { url, calls, unknownMethods, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A delivery as Slack signs it (Slack: Verifying requests from Slack). */
export function slackHeaders(
  body: string,
  atMs: number,
  secret = SECRETS.SLACK_SIGNING_SECRET ?? '',
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  };
}

/** Waits on a condition, never on time; fails with what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
