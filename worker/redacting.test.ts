import { expect, test } from '@jest/globals';
import { createRedactor } from '../integrations/redaction.ts';
import type { Adapters } from './adapters.ts';
import { redacting } from './redacting.ts';

const OWN = 'own-secret-of-this-installation';
/** Forms, not secrets: put together here so that no scanner takes them for one. */
const PLANTED = [
  OWN,
  ['ghp', 'A'.repeat(36)].join('_'),
  ['xoxb', '1'.repeat(12), 'a'.repeat(24)].join('-'),
  ['-----BEGIN RSA PRIVATE KEY-----', 'abc', '-----END RSA PRIVATE KEY-----'].join('\n'),
];
const dirty = `before ${PLANTED.join(' between ')} after`;
const clean = `before ${PLANTED.map(() => '[redacted]').join(' between ')} after`;

/** Adapters of which every text of others holds every planted secret. */
const adapters = {
  tracker: { readTicket: async () => ({ key: 'SHOP-1', title: dirty, description: dirty }) },
  ci: {
    readChecks: async () => ({
      state: 'failed',
      checks: [
        { name: 'test', state: 'failed', url: null, summary: dirty },
        { name: 'lint', state: 'passed', url: null, summary: 'fine' },
      ],
    }),
  },
  agent: { run: async () => ({ outcome: 'failed', sentence: dirty, output: dirty }) },
  runUntrusted: async () => ({ exitCode: 1, ending: 'exited', output: dirty, durationMs: 5 }),
} as unknown as Adapters;

const redact = createRedactor({
  JIRA_WEBHOOK_SECRET: OWN,
  GITHUB_WEBHOOK_SECRET: 'x',
  JIRA_TOKEN: 'x',
  GITHUB_TOKEN: 'x',
  SLACK_BOT_TOKEN: 'x',
});
const through = redacting(adapters, redact);
const nothing = {} as never;

test.each([
  [
    'title and description of a ticket',
    () => through.tracker.readTicket(nothing),
    { key: 'SHOP-1', title: clean, description: clean },
  ],
  [
    'summaries of CI',
    () => through.ci.readChecks(nothing),
    {
      state: 'failed',
      checks: [
        { name: 'test', state: 'failed', url: null, summary: clean },
        { name: 'lint', state: 'passed', url: null, summary: 'fine' },
      ],
    },
  ],
  [
    'sentence and output of an agent',
    () => through.agent.run(nothing),
    { outcome: 'failed', sentence: clean, output: clean },
  ],
  [
    'output of a command',
    () => through.runUntrusted(nothing),
    { exitCode: 1, ending: 'exited', output: clean, durationMs: 5 },
  ],
])('planted secrets are gone from %s, and all else is as it was', async (_what, read, expected) => {
  expect(await (read as () => Promise<unknown>)()).toEqual(expected);
});

test('a secret too short to tell from a word is left, or every text would be holes', () => {
  expect(redact('x marks the spot')).toBe('x marks the spot');
});
