import { spawnSync } from 'node:child_process';
import { stringify } from 'yaml';
import { PEOPLE } from './directory.ts';

export interface ConfigurationInput {
  readonly jira: string;
  readonly github: string;
  readonly slack: string;
  readonly cluster: string;
  readonly gatewayPort: number;
  readonly secretsFile: string;
  /** Of recorded patches, `<TICKET>/<repository>/<round>.patch`. */
  readonly agentDirectory: string;
  /** The compiled program that drives the cluster. */
  readonly clusterCommand: string;
  /** `owner/name` of each service's repository. */
  readonly repositories: readonly string[];
  readonly isolation: 'bubblewrap' | 'none';
}

/** Everything that runs against the sandbox needs is in this one file; see `baton up --config`. */
export function writeConfiguration(input: ConfigurationInput): string {
  const isolation =
    input.isolation === 'none'
      ? '# isolation is none because bubblewrap cannot be used on this machine; what runs is the\n# sandbox’s own sample code.\n'
      : '';
  return [
    '# Written by `baton sandbox` for its own stand-ins. Durations are short: a ticket that takes\n',
    '# days in production is through in a minute.\n',
    isolation,
    stringify(configuration(input), { lineWidth: 100 }),
  ].join('');
}

function configuration(input: ConfigurationInput) {
  return {
    version: 1,
    gateway: { listen: `127.0.0.1:${input.gatewayPort}` },
    secrets: { file: input.secretsFile },
    tracker: {
      kind: 'jira',
      url: input.jira,
      apiVersion: '3',
      projects: ['SHOP'],
      statuses: {
        start: 'Ready for build',
        code: 'In Progress',
        review: 'In Review',
        verification: 'Verifying',
        canary: 'Releasing',
        monitoring: 'Monitoring',
        done: 'Done',
      },
    },
    forge: { kind: 'github', apiUrl: `${input.github}/api/v3`, gitUrl: input.github },
    chat: {
      kind: 'slack',
      apiUrl: `${input.slack}/api/`,
      mode: 'socket',
      channel: 'C0SHOPDEV',
    },
    agent: { kind: 'recorded', directory: input.agentDirectory },
    deploy: {
      kind: 'command',
      command: [process.execPath, input.clusterCommand, '--url', input.cluster],
      environment: 'production',
    },
    metrics: {
      kind: 'scrape',
      url: `${input.cluster}/metrics/{environment}/{service}/{version}`,
    },
    services: input.repositories.map(service),
    people: PEOPLE.map(({ id, name, jiraAccount, githubLogin, email, slackUser }) => ({
      id,
      name,
      jira: jiraAccount,
      github: githubLogin,
      emails: [email],
      slack: slackUser,
      roles: [id],
    })),
    local: 'operator',
    policy: { ...POLICY, isolation: input.isolation },
  };
}

function service(repository: string) {
  const name = repository.split('/')[1] ?? '';
  return {
    name,
    repository,
    components: [name],
    tier: 2,
    suite: ['sh', 'ci.sh'],
    test: ['node', '--test', '{files}'],
    testSuffix: '.test.js',
    criterion: ['node', 'checks/{ticket}/{criterion}.js'],
    smoke: ['node', 'checks/smoke.js'],
  };
}

/** What production runs in hours, in seconds. Approvals are the default policy's. */
const POLICY = {
  maxRounds: 3,
  reconcileEvery: '3s',
  deadlines: { answers: '10m', decision: '10m', ci: '2m', inconclusive: '30s' },
  agent: { timeout: '60s' },
  verification: { suiteTimeout: '60s', checkTimeout: '15s', environmentTtl: '10m' },
  rollout: {
    weights: [10, 50],
    tick: '1s',
    minTicks: 3,
    minRequests: 30,
    maxTicks: 60,
    maxErrorRate: 0.01,
    errorRatio: 1.5,
  },
  soak: { duration: '6s', tick: '1s', maxErrorRate: 0.01, minRequests: 30 },
} as const;

/** Whether bubblewrap is here and may make namespaces, which containers often forbid. */
export function probeIsolation(): 'bubblewrap' | 'none' {
  const args = ['--unshare-all', '--die-with-parent', '--new-session', '--ro-bind', '/', '/'];
  const mounts = ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
  const options = { stdio: 'ignore', timeout: 5000 } as const;
  const { status } = spawnSync('bwrap', [...args, ...mounts, 'true'], options);
  return status === 0 ? 'bubblewrap' : 'none';
}
