import { readFileSync } from 'node:fs';
import { secrets, type Config, type Secrets } from '../domain/config.schema.ts';
import { ConfigurationError, type Configuration } from './configuration.ts';

/** What each secret is for, so that who must fetch one knows where to look. */
const PURPOSES: Readonly<Record<keyof Secrets, string>> = {
  JIRA_WEBHOOK_SECRET: 'signs what Jira sends to /webhooks/jira',
  GITHUB_WEBHOOK_SECRET: 'signs what GitHub sends to /webhooks/github',
  SLACK_SIGNING_SECRET: 'signs what Slack sends to /slack/events',
  JIRA_TOKEN: 'Jira API token',
  GITHUB_TOKEN: 'GitHub token that may push branches and open pull requests',
  SLACK_BOT_TOKEN: 'Slack bot token (xoxb-…)',
  SLACK_APP_TOKEN: 'Slack app-level token for socket mode (xapp-…)',
};

const NAMES = Object.keys(secrets.shape) as (keyof Secrets)[];

/** The secrets this configuration cannot do without. */
export function requiredSecrets({ chat }: Pick<Config, 'chat'>): readonly (keyof Secrets)[] {
  const unneeded: keyof Secrets =
    chat.mode === 'socket' ? 'SLACK_SIGNING_SECRET' : 'SLACK_APP_TOKEN';
  return NAMES.filter((name) => name !== unneeded);
}

/**
 * Reads the secrets from the file the configuration names, and what is not in it from the
 * environment: a file that was named on purpose wins over what a build machine happens to export.
 *
 * @throws ConfigurationError naming every missing secret at once; never a value
 */
export function loadSecrets(
  { file, config }: Configuration,
  environment: Readonly<Record<string, string | undefined>>,
): Secrets {
  const path = config.secrets.file;
  const fromFile = path === undefined ? {} : readSecretsFile(path);
  const values: Partial<Record<keyof Secrets, string>> = {};
  for (const name of NAMES) {
    const value = fromFile[name] ?? environment[name];
    if (value !== undefined && value !== '') values[name] = value;
  }
  const missing = requiredSecrets(config).filter((name) => values[name] === undefined);
  if (missing.length > 0) throw new ConfigurationError(complaint(missing, file, path));
  return secrets.parse(values);
}

function complaint(missing: readonly (keyof Secrets)[], file: string, path?: string): string {
  const where =
    path === undefined
      ? `in the environment, or in a file of NAME=value lines that ${file} names as secrets.file`
      : `in ${path} (as NAME=value lines) or in the environment`;
  const lines = missing.map((name) => `  ${name}  ${PURPOSES[name]}`);
  const what = missing.length === 1 ? 'This secret is' : `These ${missing.length} secrets are`;
  return `${what} missing. Put ${missing.length === 1 ? 'it' : 'them'} ${where}:\n${lines.join('\n')}`;
}

/**
 * `NAME=value` lines; empty lines and lines that begin with `#` are left out. The value is taken as
 * it stands, without quotes or escapes.
 *
 * @throws ConfigurationError naming file and line, never the line's text
 */
export function readSecretsFile(path: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, line] of readLines(path).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (match === null) {
      throw new ConfigurationError(
        `${path}:${index + 1}:1: this line is not NAME=value (capital letters, digits and _ before the =)`,
      );
    }
    values[match[1] ?? ''] = match[2] ?? '';
  }
  return values;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new ConfigurationError(`the secrets file ${path} cannot be read (${code})`);
  }
}
