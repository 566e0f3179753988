import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { probeIsolation } from '../integrations/process/bubblewrap.ts';
import { openStore } from '../store/open.ts';
import { findTemporalBinary } from '../temporal/binary.ts';
import { connectTemporal } from '../temporal/connection.ts';
import { loadConfiguration, type Configuration } from './configuration.ts';
import { pgliteTemplateDirectory } from './installed.ts';
import { loadSecrets, readSecretsFile, requiredSecrets } from './secrets.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly state: 'good' | 'warning' | 'missing';
  readonly detail: string;
  /** What to do about it; null when it is good. */
  readonly mend: string | null;
}

export interface DoctorInput {
  readonly config: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const good = (what: string, detail: string): Finding => ({
  what,
  state: 'good',
  detail,
  mend: null,
});
const warning = (what: string, detail: string, mend: string): Finding => ({
  what,
  state: 'warning',
  detail,
  mend,
});
const missing = (what: string, detail: string, mend: string): Finding => ({
  what,
  state: 'missing',
  detail,
  mend,
});

/** Looks at everything a stack on this machine needs. Never throws; shows no secret's value. */
export async function examine({ config: file, environment }: DoctorInput): Promise<Finding[]> {
  const machine = [nodeVersion(), program('git', 'install git')];
  const configuration = load(file);
  if ('what' in configuration) {
    return [...machine, temporalBinary(), template(), configuration, await isolation('unknown')];
  }
  const { config } = configuration;
  return [
    ...machine,
    good('configuration', configuration.file),
    secretsOf(configuration, environment),
    ...secretsFileMode(configuration),
    ...(await temporal(configuration, environment)),
    await store(configuration, environment),
    await isolation(config.policy.isolation),
    ...(await Promise.all([
      reachable('tracker', config.tracker.url),
      reachable('forge', config.forge.apiUrl),
      reachable('chat', config.chat.apiUrl),
    ])),
    program(config.deploy.command[0] ?? '', 'see deploy.command in the configuration'),
  ];
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 20);
  return fits
    ? good('node', process.versions.node)
    : missing('node', process.versions.node, 'install Node 20.20, 22 or 24');
}

function program(name: string, mend: string): Finding {
  const { error, status } = spawnSync(name, ['--version'], { stdio: 'ignore', timeout: 5_000 });
  if (error === undefined) return good(name, status === 0 ? 'is there' : 'can be started');
  return missing(name, 'cannot be started', mend);
}

function load(file: string): Configuration | Finding {
  try {
    return loadConfiguration(file);
  } catch (error) {
    return missing(
      'configuration',
      sentenceOf(error),
      'correct the file, or name another with --config',
    );
  }
}

function secretsOf(configuration: Configuration, environment: DoctorInput['environment']): Finding {
  try {
    loadSecrets(configuration, environment);
    return good('secrets', requiredSecrets(configuration.config).join(', '));
  } catch (error) {
    return missing('secrets', sentenceOf(error), 'add what is named');
  }
}

/** A file of secrets that others on this machine can read. */
function secretsFileMode({ config }: Configuration): Finding[] {
  const { file } = config.secrets;
  if (file === undefined) return [];
  try {
    readSecretsFile(file);
    if ((statSync(file).mode & 0o077) === 0) return [];
    return [warning('secrets file', `${file} can be read by others`, `chmod 600 ${file}`)];
  } catch {
    return []; // said by the secrets themselves
  }
}

function temporalBinary(): Finding {
  const binary = findTemporalBinary();
  if (binary !== null) return good('temporal', binary);
  return missing(
    'temporal',
    'there is no Temporal server',
    'npm run setup, or set TEMPORAL_ADDRESS',
  );
}

function template(): Finding {
  const directory = pgliteTemplateDirectory();
  if (directory !== undefined) return good('store', `PGlite, copied from ${directory}`);
  return warning(
    'store',
    'the empty database is not made: a first start needs 900 MB',
    'npm run setup',
  );
}

async function temporal(
  { config }: Configuration,
  environment: DoctorInput['environment'],
): Promise<Finding[]> {
  const address = config.temporal.address ?? (environment.TEMPORAL_ADDRESS || undefined);
  if (address === undefined) return [temporalBinary()];
  try {
    const connected = await connectTemporal({ address, namespace: config.temporal.namespace });
    await connected.close();
    return [good('temporal', `answers at ${address}`)];
  } catch (error) {
    return [missing('temporal', sentenceOf(error), 'start it, or correct temporal.address')];
  }
}

async function store(
  { config }: Configuration,
  environment: DoctorInput['environment'],
): Promise<Finding> {
  const url = config.store.url ?? (environment.BATON_STORE_URL || undefined);
  if (url === undefined) return template();
  try {
    const opened = await openStore({ url });
    await opened.ping();
    await opened.close();
    return good('store', 'PostgreSQL answers');
  } catch (error) {
    return missing('store', sentenceOf(error), 'start PostgreSQL, or correct store.url');
  }
}

async function isolation(policy: 'bubblewrap' | 'none' | 'unknown'): Promise<Finding> {
  const { available, sentence } = await probeIsolation();
  if (policy === 'none') {
    return warning(
      'isolation',
      'policy.isolation is none: code of others runs uncontained',
      available ? 'remove policy.isolation: bubblewrap works here' : 'run only code you trust',
    );
  }
  if (available) return good('isolation', sentence);
  return missing('isolation', sentence, 'see there');
}

/** Any answer counts: whether the credentials are right is said where they are used. */
async function reachable(what: string, url: string): Promise<Finding> {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5_000), redirect: 'manual' });
    return good(what, `answers at ${url}`);
  } catch {
    return missing(
      what,
      `does not answer at ${url}`,
      'is the address right, and the network open?',
    );
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
