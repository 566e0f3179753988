import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const token = (prefix: string) => () => `${prefix}${randomBytes(24).toString('hex')}`;

/** In the vendors' forms, which clients and scanners look at. */
const DRAWN = {
  JIRA_WEBHOOK_SECRET: token(''),
  GITHUB_WEBHOOK_SECRET: token(''),
  SLACK_SIGNING_SECRET: token(''),
  JIRA_TOKEN: token('ATATT'),
  GITHUB_TOKEN: token('ghp_'),
  SLACK_BOT_TOKEN: token('xoxb-'),
  SLACK_APP_TOKEN: token('xapp-'),
} as const;

export type Secrets = Readonly<Record<keyof typeof DRAWN, string>>;

/** Reads the file of `NAME=value` lines, or draws fresh secrets into it (mode 0600). */
export function openSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    const lines = Object.entries(DRAWN).map(([name, draw]) => `${name}=${draw()}\n`);
    writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const read = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))) as Record<
    string,
    string
  >;
  for (const name of Object.keys(DRAWN)) {
    if (!read[name]) throw new Error(`${file} has no ${name}: delete the file to draw new secrets`);
  }
  return read as Secrets;
}
