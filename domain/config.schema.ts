import { z } from 'zod';
import { policy } from './policy.schema.ts';

const url = z.url({ protocol: /^https?$/ });
const command = z.array(z.string().min(1)).min(1);
const listen = z.string().regex(/^[^:]+:[0-9]{1,5}$/, 'host:port, as 127.0.0.1:7460');
const personId = z.string().regex(/^[a-z][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash');

const person = z.strictObject({
  id: personId,
  name: z.string().min(1).optional(),
  jira: z.string().min(1).optional().describe('Jira account id'),
  github: z.string().min(1).optional().describe('GitHub login'),
  emails: z.array(z.string().min(3)).default([]).describe('e-mail addresses in git commits'),
  slack: z.string().min(1).optional().describe('Slack user id'),
  roles: z.array(z.string()).default([]),
});

const service = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  repository: z.string().regex(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, 'owner/name'),
  /** Jira components that mean this service; without an entry its own name. */
  components: z.array(z.string()).default([]),
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).optional(),
  /** The whole suite, run in a working copy. */
  suite: command,
  /** Runs single test files: `{files}` stands for them. */
  test: command.refine((parts) => parts.includes('{files}'), 'one part must be `{files}`'),
  /** Which files of a change are tests: a suffix, as `.test.js`. */
  testSuffix: z.string().min(1),
  /** The executed check of one criterion; `{ticket}` and `{criterion}` stand for their ids, BASE_URL is in the environment. */
  criterion: command.refine(
    (parts) => parts.some((part) => part.includes('{criterion}')),
    'one part must hold `{criterion}`, or one check would pass for all',
  ),
  /** What says that a running version is well; BASE_URL is in the environment. */
  smoke: command,
});

/** `baton.yaml`: read once, where a process starts. Secrets are never in it, only where they are. */
export const config = z.strictObject({
  version: z.literal(1),
  gateway: z
    .strictObject({ listen: listen.default('127.0.0.1:7460'), publicUrl: url.optional() })
    .prefault({}),
  temporal: z
    .strictObject({
      address: z.string().optional().describe('host:port; without it `baton up` starts its own'),
      namespace: z.string().default('default'),
    })
    .prefault({}),
  store: z
    .strictObject({
      url: z.string().optional().describe('postgres://…; without it PGlite in the data directory'),
    })
    .prefault({}),
  /** A file of NAME=value lines; without it the environment. */
  secrets: z.strictObject({ file: z.string().optional() }).prefault({}),
  tracker: z.strictObject({
    kind: z.literal('jira'),
    url,
    apiVersion: z.enum(['2', '3']).default('3'),
    email: z.string().optional().describe('with it Basic (Cloud), without it Bearer (Data Center)'),
    projects: z.array(z.string().regex(/^[A-Z][A-Z0-9_]+$/)).min(1),
    statuses: z
      .strictObject({
        start: z.string().default('Ready for build'),
        spec: z.string().optional(),
        code: z.string().optional(),
        review: z.string().optional(),
        verification: z.string().optional(),
        canary: z.string().optional(),
        monitoring: z.string().optional(),
        done: z.string().default('Done'),
      })
      .prefault({}),
  }),
  forge: z.strictObject({
    kind: z.literal('github'),
    apiUrl: url.default('https://api.github.com'),
    gitUrl: url.default('https://github.com'),
  }),
  chat: z.strictObject({
    kind: z.literal('slack'),
    apiUrl: url.default('https://slack.com/api/'),
    mode: z.enum(['socket', 'http']).default('socket'),
    channel: z.string().min(1).describe('channel id'),
  }),
  agent: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('command'),
      command: command.describe('`{brief}` stands for the path of the brief'),
      environment: z
        .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
        .default([])
        .describe(
          'names of variables it is given from ours: a model’s credential, never the forge’s',
        ),
      readOnlyPaths: z
        .array(z.string().min(1))
        .default([])
        .describe('directories it may read besides the system’s: its own installation'),
    }),
    z.strictObject({ kind: z.literal('recorded'), directory: z.string().min(1) }),
  ]),
  deploy: z.strictObject({
    kind: z.literal('command'),
    command,
    environment: z.string().default('production'),
  }),
  metrics: z.strictObject({
    kind: z.literal('scrape'),
    url: z.string().min(1).describe('`{environment}`, `{service}` and `{version}` are filled in'),
  }),
  services: z.array(service).min(1),
  people: z.array(person).min(1),
  /** Who a caller on this machine is when nothing says otherwise. */
  local: personId.optional(),
  policy: policy.prefault({}),
});

export type Config = z.infer<typeof config>;

export type Person = Config['people'][number];
export type ServiceEntry = Config['services'][number];

/** The secrets a full configuration needs, by name; values live in the environment or the secrets file. */
export const secrets = z.object({
  JIRA_WEBHOOK_SECRET: z.string().min(1),
  GITHUB_WEBHOOK_SECRET: z.string().min(1),
  SLACK_SIGNING_SECRET: z.string().min(1).optional(),
  JIRA_TOKEN: z.string().min(1),
  GITHUB_TOKEN: z.string().min(1),
  SLACK_BOT_TOKEN: z.string().min(1),
  SLACK_APP_TOKEN: z.string().min(1).optional(),
});
export type Secrets = z.infer<typeof secrets>;
