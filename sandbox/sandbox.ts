import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findFreePort } from './cluster/free-port.ts';
import { startCluster } from './cluster/cluster.ts';
import { probeIsolation, writeConfiguration } from './configuration.ts';
import { ACCOUNTS, PEOPLE } from './directory.ts';
import { openEffects } from './effects.ts';
import { startGithub } from './github/github.ts';
import { startHttpServer } from './http-server.ts';
import { startJira } from './jira/jira.ts';
import type { SeedTicket } from './jira/state.ts';
import { compiledProgram, packageRoot } from './package-root.ts';
import { startPeople } from './people/people.ts';
import { seedRepositories } from './repositories.ts';
import { openSecrets } from './secrets.ts';
import { startSlack } from './slack/slack.ts';
import { openStateFile } from './state-file.ts';

export { readEffects, type CountedEffect } from './effects.ts';

export interface SandboxOptions {
  readonly dataDir: string;
  /** `auto`: scripted people press the buttons; `manual`: nobody does. */
  readonly people: 'auto' | 'manual';
  /** What the scripted people did, one line each. */
  readonly log?: (line: string) => void;
}

export interface Ready {
  readonly ready: true;
  readonly jira: string;
  readonly github: string;
  readonly slack: string;
  /** Path of a complete `baton.yaml`. */
  readonly config: string;
  /** Path of the file of secrets. */
  readonly secrets: string;
}

export interface Sandbox {
  readonly ready: Ready;
  close(): Promise<void>;
}

interface Ports {
  readonly jira: number;
  readonly github: number;
  readonly slack: number;
  readonly cluster: number;
  readonly gateway: number;
}

/**
 * Starts the stand-ins of Jira, GitHub, Slack and a cluster over `dataDir`, which holds all their
 * state: however the last one ended, the next goes on there, at the same addresses and with the
 * same secrets. Rejects when one of the addresses is taken, by a running sandbox for instance.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const initial = { ports: await drawPorts() };
  const { ports } = openStateFile(join(dataDir, 'sandbox.json'), initial).value;
  await checkFree(ports.jira, dataDir); // before anything of a running sandbox is touched
  const opened: Closable[] = [];
  const close = async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
  };
  try {
    const ready = await openAll({ ...options, dataDir }, ports, (one) => opened.push(one));
    return { ready, close };
  } catch (error) {
    await close();
    throw explain(error, dataDir);
  }
}

interface Closable {
  close(): Promise<void> | void;
}

async function openAll(
  options: SandboxOptions,
  ports: Ports,
  opened: (one: Closable) => void,
): Promise<Ready> {
  const { dataDir } = options;
  const keep = <T extends Closable>(one: T): T => {
    opened(one);
    return one;
  };
  const secretsFile = join(dataDir, 'secrets.env');
  const sample = join(packageRoot(), 'sandbox', 'sample');
  const repositoriesDir = join(dataDir, 'repositories');
  const repositories = seedRepositories(join(sample, 'repositories'), repositoriesDir);
  const services = repositories.map((repository) => ({
    name: repository.split('/')[1] ?? '',
    repository,
  }));
  const common = {
    dataDir,
    gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
    secrets: openSecrets(secretsFile),
    effects: openEffects(dataDir),
  };
  const jira = keep(await startJira({ ...common, port: ports.jira, tickets: readTickets(sample) }));
  const github = keep(
    await startGithub({ ...common, port: ports.github, repositoriesDir, repositories }),
  );
  const slack = keep(await startSlack({ ...common, port: ports.slack, people: ACCOUNTS }));
  const cluster = keep(
    await startCluster({ ...common, port: ports.cluster, repositoriesDir, services }),
  );
  const addresses = { jira: jira.url, github: github.url, slack: slack.url };
  const config = join(dataDir, 'baton.yaml');
  writeOnce(config, () =>
    writeConfiguration({
      ...addresses,
      cluster: cluster.url,
      gatewayPort: ports.gateway,
      secretsFile,
      agentDirectory: join(sample, 'agent'),
      clusterCommand: compiledProgram('cluster/command.js'),
      repositories,
      isolation: probeIsolation(),
    }),
  );
  if (options.people === 'auto') {
    const log = options.log ? { log: options.log } : {};
    keep(startPeople({ slack, people: PEOPLE, ...log }));
  }
  return { ready: true, ...addresses, config, secrets: secretsFile };
}

/** Ends with the answer that a listening server would give: that the port is taken. */
async function checkFree(port: number, dataDir: string): Promise<void> {
  const probe = await startHttpServer({ port, routes: {} }).catch((error: unknown) => {
    throw explain(error, dataDir);
  });
  await probe.close();
}

async function drawPorts(): Promise<Ports> {
  const drawn = new Set<number>();
  while (drawn.size < 5) drawn.add(await findFreePort());
  const [jira = 0, github = 0, slack = 0, cluster = 0, gateway = 0] = drawn;
  return { jira, github, slack, cluster, gateway };
}

function readTickets(sample: string): readonly SeedTicket[] {
  const text = readFileSync(join(sample, 'tickets.json'), 'utf8');
  return (JSON.parse(text) as { readonly tickets: readonly SeedTicket[] }).tickets;
}

/** What a person changed in it stays. */
function writeOnce(file: string, content: () => string): void {
  if (existsSync(file)) return;
  writeFileSync(`${file}.new`, content());
  renameSync(`${file}.new`, file);
}

function explain(error: unknown, dataDir: string): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code !== 'EADDRINUSE') return error;
  return new Error(
    `Port ${port ?? ''} of the sandbox in ${dataDir} is taken: end the sandbox that runs there, or name another directory.`,
  );
}
