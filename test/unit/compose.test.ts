import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createProgram } from '../../cli/main.ts';
import { ENVIRONMENT_VARIABLES } from '../../cli/environment.ts';
import { config, secrets } from '../../domain/config.schema.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly depends_on?:
    readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const dockerfile = read('Dockerfile');
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const defaultPort = config.shape.gateway.parse(undefined).listen.split(':')[1] ?? '';
const program = createProgram({ out: () => undefined, err: () => undefined, environment: {} });

const environmentOf = (name: string) => compose.services[name]?.environment ?? {};
/** `${NAME:?why}` stands for what the operator gives. */
const filledIn = (value: string | number | undefined) =>
  String(value).replaceAll(/\$\{[A-Z_]+:\?[^}]*\}/g, 'given');

describe('docker-compose.yml', () => {
  test('runs what the architecture names', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'gateway',
      'migrate',
      'prometheus',
      'store',
      'temporal',
      'temporal-database',
      'temporal-ui',
      'worker',
    ]);
  });

  test.each(ours)('%s runs a command of ours, with options that it has', (_, { command = [] }) => {
    const [name, ...options] = command;
    const found = program.commands.find((candidate) => candidate.name() === name);
    expect(found).toBeDefined();
    const known = found?.options.map(({ long }) => long);
    for (const option of options.filter((word) => word.startsWith('--'))) {
      expect(known).toContain(option);
    }
  });

  test.each(ours)(
    '%s reads the configuration and the secrets where they are mounted',
    (_, service) => {
      const file = service.command?.[service.command.indexOf('--config') + 1] ?? '';
      expect(service.volumes).toContain(`./baton.yaml:${file}:ro`);
      expect(service.secrets).toEqual(Object.keys(compose.secrets));
    },
  );

  test.each(ours)('%s gets only variables that a process of ours reads', (_, service) => {
    const known: readonly string[] = [...ENVIRONMENT_VARIABLES, ...Object.keys(secrets.shape)];
    for (const name of Object.keys(service.environment ?? {})) expect(known).toContain(name);
  });

  test('the store is reached with the user, password and database that it is made with', () => {
    const url = new URL(filledIn(environmentOf('worker').BATON_STORE_URL));
    const made = environmentOf(url.hostname);
    expect(compose.services[url.hostname]?.image).toMatch(/^postgres:(1[5-9])$/);
    expect([url.username, url.password, url.pathname.slice(1)]).toEqual([
      made.POSTGRES_USER,
      filledIn(made.POSTGRES_PASSWORD),
      made.POSTGRES_DB,
    ]);
  });

  test('Temporal is reached where it listens, by us and by its UI, and has its own database', () => {
    const temporal = environmentOf('temporal');
    expect(environmentOf('worker').TEMPORAL_ADDRESS).toBe('temporal:7233');
    expect(environmentOf('temporal-ui').TEMPORAL_ADDRESS).toBe('temporal:7233');
    const database = environmentOf(String(temporal.POSTGRES_SEEDS));
    expect([temporal.POSTGRES_USER, temporal.POSTGRES_PWD]).toEqual([
      database.POSTGRES_USER,
      database.POSTGRES_PASSWORD,
    ]);
  });

  test('what is published is published on this machine only, the gateway on its default port', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(compose.services.gateway?.ports).toEqual([`127.0.0.1:${defaultPort}:${defaultPort}`]);
    expect(JSON.stringify(compose.services.gateway?.healthcheck)).toContain(
      `:${defaultPort}/readyz`,
    );
  });

  test('Prometheus reads a file that it is given, with targets that exist', () => {
    const given = compose.services.prometheus?.configs?.[0];
    const { scrape_configs: jobs } = parse(compose.configs[given?.source ?? '']?.content ?? '') as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
    expect(targets).toContain(`gateway:${defaultPort}`);
    for (const target of targets)
      expect(compose.services).toHaveProperty([target.split(':')[0] ?? '']);
    const endpoint = String(environmentOf('temporal').PROMETHEUS_ENDPOINT);
    expect(targets).toContain(`temporal:${endpoint.split(':')[1] ?? ''}`);
  });

  test('every image has a version, every volume and dependency is declared', () => {
    for (const [, { image, volumes = [], depends_on: needs = [] }] of services) {
      expect(image).toMatch(/:v?\d+(\.\d+)*$/);
      for (const volume of volumes.filter((v) => !v.startsWith('.'))) {
        expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      }
      const names = Array.isArray(needs) ? (needs as string[]) : Object.keys(needs);
      for (const name of names) expect(compose.services).toHaveProperty([name]);
    }
  });

  test('who is waited for until it is healthy says when it is', () => {
    for (const [, { depends_on: needs = {} }] of services) {
      if (Array.isArray(needs)) continue;
      for (const [name, how] of Object.entries(needs as Record<string, { condition: string }>)) {
        if (how.condition !== 'service_healthy') continue;
        expect(compose.services[name]?.healthcheck).toBeDefined();
      }
    }
  });

  test('no password stands in the file; what must be given is refused when missing, and documented', () => {
    const documentation = read('docs/how-to/run-as-services.md');
    const asked = [...text.matchAll(/\$\{([A-Z_]+)([^}]*)\}/g)];
    expect(asked.length).toBeGreaterThan(0);
    for (const [, name = '', rest = ''] of asked) {
      expect(rest).toMatch(/^:\?/);
      expect(documentation).toContain(name);
    }
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD/.test(name)) expect(String(value)).toMatch(/^\$\{[A-Z_]+:\?/);
      }
    }
  });
});

describe('the Dockerfile', () => {
  const { engines, version } = JSON.parse(read('package.json')) as {
    engines: { node: string };
    version: string;
  };

  test('builds on a Node that the project is tested with', () => {
    const majors = [...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, major]) =>
      Number(major),
    );
    expect(new Set(majors)).toEqual(new Set([24]));
    expect(majors[0]).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]));
    expect(read('.ci/run')).toContain(`node@${majors[0] ?? ''}`);
  });

  test('starts the committed executable, on the port of the configuration', () => {
    const [, entry = '[]'] = /^ENTRYPOINT (.+)$/m.exec(dockerfile) ?? [];
    expect(JSON.parse(entry)).toEqual(['node', '/baton/cli/baton.js']);
    expect(existsSync(join(ROOT, 'cli', 'baton.js'))).toBe(true);
    expect(dockerfile).toContain(`EXPOSE ${defaultPort}\n`);
  });

  test('copies what there is, and carries what a worker starts', () => {
    const copied = [...dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm)]
      .flatMap(([, paths = '']) => paths.split(' '))
      .map((path) => path.replace('/baton/', ''));
    const made = ['dist', 'node_modules'];
    for (const path of copied)
      expect(made.includes(path) || existsSync(join(ROOT, path))).toBe(true);
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    for (const needed of ['git', 'bubblewrap', 'ca-certificates'])
      expect(last).toContain(` ${needed}`);
    expect(last).toMatch(/^USER node$/m);
  });

  test('is what compose calls by the version of the package', () => {
    for (const [, { image }] of ours) expect(image).toBe(`baton:${version}`);
  });
});
