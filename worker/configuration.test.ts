import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigurationError, loadConfiguration } from './configuration.ts';
import { loadSecrets } from './secrets.ts';

const COMPLETE = `version: 1
secrets:
  file: secrets.env
tracker:
  kind: jira
  url: http://127.0.0.1:1/
  projects: [SHOP]
forge:
  kind: github
chat:
  kind: slack
  channel: C0SHOPDEV
agent:
  kind: recorded
  directory: recorded
deploy:
  kind: command
  command: [./deploy.sh, --quiet]
metrics:
  kind: scrape
  url: http://127.0.0.1:1/metrics/{environment}/{service}/{version}
services:
  - name: checkout
    repository: shop/checkout
    suite: [npm, test]
    test: [node, --test, '{files}']
    testSuffix: .test.js
    criterion: [node, 'checks/{ticket}/{criterion}.js']
    smoke: [node, checks/smoke.js]
people:
  - id: requester
    jira: acc-requester
  - id: operator
    jira: acc-operator
local: operator
policy:
  soak:
    duration: 3s
`;

const SECRETS = `# drawn for a test
JIRA_WEBHOOK_SECRET=a
GITHUB_WEBHOOK_SECRET=b
JIRA_TOKEN=c=d

GITHUB_TOKEN=e
SLACK_BOT_TOKEN=f
SLACK_APP_TOKEN=g
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'baton-configuration-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

/** What a person reads, without the directory in front. */
function complaintAbout(text: string): string {
  const file = write('baton.yaml', text);
  try {
    loadConfiguration(file);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replaceAll(`${directory}/`, '');
    throw error;
  }
  throw new Error('the configuration was accepted');
}

test('a complete file is read, durations become milliseconds, paths are relative to the file', () => {
  const { config } = loadConfiguration(write('baton.yaml', COMPLETE));
  expect(config.policy.soak.duration).toBe(3000);
  expect(config.secrets.file).toBe(join(directory, 'secrets.env'));
  expect(config.agent).toEqual({ kind: 'recorded', directory: join(directory, 'recorded') });
  expect(config.deploy.command).toEqual([join(directory, 'deploy.sh'), '--quiet']);
});

const wrong: readonly (readonly [what: string, find: string, replace: string, says: string])[] = [
  [
    'a misspelt key',
    '    duration: 3s',
    '    durations: 3s',
    'baton.yaml:38:5: policy.soak.durations is not a setting. Did you mean duration? Known here: duration, tick, maxErrorRate, minRequests',
  ],
  [
    'a value of the wrong form',
    'duration: 3s',
    'duration: soon',
    'baton.yaml:38:5: policy.soak.duration is "soon", expected: a duration looks like 90s, 15m, 72h or 7d',
  ],
  [
    'an unknown choice',
    '  kind: jira',
    '  kind: linear',
    'baton.yaml:5:3: tracker.kind is "linear", but must be jira',
  ],
  [
    'an unknown agent',
    '  kind: recorded',
    '  kind: telepathic',
    'baton.yaml:14:3: agent.kind is "telepathic", but must be one of command, recorded',
  ],
  [
    'a key that the chosen agent does not have',
    '  directory: recorded',
    '  directory: recorded\n  command: [agent]',
    'baton.yaml:16:3: agent.command is not a setting. Known here: kind, directory',
  ],
  [
    'a missing setting, at the block that should hold it',
    '  channel: C0SHOPDEV\n',
    '',
    'baton.yaml:10:1: chat.channel is missing: text (channel id)',
  ],
  [
    'a value inside a list',
    'projects: [SHOP]',
    'projects: [SHOP, 7]',
    'baton.yaml:7:20: tracker.projects[1] is 7, but must be text',
  ],
  [
    'an address, without showing what may hold a password',
    'url: http://127.0.0.1:1/\n',
    'url: ftp://user:hunter2@jira\n',
    'baton.yaml:6:3: tracker.url is another text, but must be an http or https URL',
  ],
  [
    'YAML that is none',
    'projects: [SHOP]',
    'projects: [SHOP',
    'baton.yaml:8:1: this is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'the same key twice',
    'local: operator',
    'local: operator\nversion: 1',
    'baton.yaml:36:1: this is not YAML: Map keys must be unique',
  ],
  [
    'a local person who is nobody',
    'local: operator',
    'local: nobody',
    'baton.yaml:35:1: local is "nobody", but must be the id of one of people: requester, operator',
  ],
  [
    'two people with one account',
    'jira: acc-operator',
    'jira: acc-requester',
    'baton.yaml:34:5: people[1].jira "acc-requester" is already that of people[0]: each must be unique',
  ],
];

describe('a fault is named with file, line, column, what is wrong and what would be right', () => {
  test.each(wrong)('%s', (_, find, replace, says) => {
    expect(COMPLETE).toContain(find);
    expect(complaintAbout(COMPLETE.replace(find, replace)).split('\n')).toContain(says);
  });

  test('several faults are all named, in the order of the file', () => {
    const text = COMPLETE.replace('version: 1', 'version: 2').replace('kind: slack', 'kind: irc');
    const lines = complaintAbout(text).split('\n');
    expect(lines.map((line) => line.split(': ')[0])).toEqual(['baton.yaml:1:1', 'baton.yaml:11:3']);
  });

  test('an empty file and a missing file say so', () => {
    expect(complaintAbout('')).toContain('baton.yaml:1:1: the file is empty, but must hold');
    expect(() => loadConfiguration(join(directory, 'none.yaml'))).toThrow(/there is no such file/);
  });

  test('aliases that multiply without end are refused', () => {
    const bomb = Array.from({ length: 12 }, (_, i) =>
      i === 0 ? 'a0: &a0 [x]' : `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`,
    ).join('\n');
    expect(complaintAbout(bomb)).toMatch(/alias/);
  });
});

describe('secrets', () => {
  const load = (secrets: string, environment: Record<string, string> = {}, text = COMPLETE) => {
    write('secrets.env', secrets);
    return loadSecrets(loadConfiguration(write('baton.yaml', text)), environment);
  };

  test('come from the file; a value keeps its equals signs', () => {
    expect(load(SECRETS)).toMatchObject({ JIRA_TOKEN: 'c=d', SLACK_APP_TOKEN: 'g' });
  });

  test('a file that was named wins over the environment, which fills what it lacks', () => {
    const environment = { GITHUB_TOKEN: 'of the build machine', SLACK_APP_TOKEN: 'environment' };
    const loaded = load(SECRETS.replace(/SLACK_APP_TOKEN.*\n/, ''), environment);
    expect(loaded).toMatchObject({ GITHUB_TOKEN: 'e', SLACK_APP_TOKEN: 'environment' });
  });

  test('every missing one is named at once, an empty one too, and no value is shown', () => {
    const some = () => load('JIRA_TOKEN=hunter2\nGITHUB_TOKEN=\n');
    expect(some).toThrow(
      /^These 5 secrets are missing[^]*JIRA_WEBHOOK_SECRET[^]*GITHUB_WEBHOOK_SECRET[^]*GITHUB_TOKEN[^]*SLACK_BOT_TOKEN[^]*SLACK_APP_TOKEN/,
    );
    expect(some).not.toThrow(/hunter2/);
  });

  test('Slack over HTTP needs the signing secret instead of the app token', () => {
    const text = COMPLETE.replace('kind: slack', 'kind: slack\n  mode: http');
    const without = SECRETS.replace(/SLACK_APP_TOKEN.*\n/, '');
    expect(() => load(without, {}, text)).toThrow(/This secret is missing[^]*SLACK_SIGNING_SECRET/);
    expect(load(`${without}SLACK_SIGNING_SECRET=s\n`, {}, text).SLACK_SIGNING_SECRET).toBe('s');
  });

  test('a line that is no NAME=value is named by its number, never shown', () => {
    expect(() => load(`${SECRETS}hunter2\n`)).toThrow(
      /secrets\.env:9:1: this line is not NAME=value/,
    );
    expect(() => load(`${SECRETS}hunter2\n`)).not.toThrow(/hunter2/);
  });
});
