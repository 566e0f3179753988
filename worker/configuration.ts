import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { config, type Config } from '../domain/config.schema.ts';
import {
  describeIssues,
  parseLocatedYaml,
  type ConfigurationFault,
} from './configuration-faults.ts';

/** A `baton.yaml` that was read and found valid. Relative paths in it have become absolute. */
export interface Configuration {
  readonly file: string;
  readonly config: Config;
}

/**
 * The configuration cannot be used. Its message is for people: one line for each fault, as
 * `baton.yaml:12:5: what is wrong, and what would be right`.
 */
export class ConfigurationError extends Error {
  readonly faults: readonly ConfigurationFault[];
  constructor(message: string, faults: readonly ConfigurationFault[] = []) {
    super(message);
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}

/**
 * Reads and validates a configuration file. Relative paths in it are relative to it. Reads no
 * secrets: see `loadSecrets`.
 *
 * @throws ConfigurationError naming every fault with file, line and column
 */
export function loadConfiguration(path: string): Configuration {
  const file = resolve(path);
  const name = displayName(file);
  const text = readText(file, name);
  const yaml = parseLocatedYaml(text);
  if (yaml.faults.length > 0) throw invalid(name, yaml.faults);
  const parsed = config.safeParse(yaml.value ?? undefined);
  if (!parsed.success) {
    throw invalid(name, describeIssues(parsed.error.issues, { schema: config, yaml }));
  }
  const faults = contradictions(parsed.data).map(({ path: where, message }) => ({
    ...yaml.place(where),
    message,
  }));
  if (faults.length > 0) throw invalid(name, faults);
  return { file, config: withAbsolutePaths(parsed.data, dirname(file)) };
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigurationError(
      code === 'ENOENT'
        ? `${name}: there is no such file. Name the configuration with --config FILE (baton sandbox writes a complete one and prints its path)`
        : `${name}: the file cannot be read (${code ?? 'unknown reason'})`,
    );
  }
}

function invalid(name: string, faults: readonly ConfigurationFault[]): ConfigurationError {
  const lines = faults.map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);
  return new ConfigurationError(lines.join('\n'), faults);
}

function displayName(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') || isAbsolute(near) ? file : near;
}

interface Contradiction {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What no single setting shows: names that must be unique, names that must exist. */
function contradictions(value: Config): Contradiction[] {
  const found: Contradiction[] = [];
  const unique = (
    list: 'people' | 'services',
    field: string,
    values: readonly (string[] | undefined)[],
  ) => {
    const owners = new Map<string, number>();
    values.forEach((several, index) =>
      several?.forEach((one) => {
        const first = owners.get(one);
        if (first === undefined) owners.set(one, index);
        else if (first !== index) {
          const message = `${list}[${index}].${field} "${one}" is already that of ${list}[${first}]: each must be unique`;
          found.push({ path: [list, index, field], message });
        }
      }),
    );
  };
  const people = value.people;
  unique(
    'people',
    'id',
    people.map((p) => [p.id]),
  );
  unique(
    'people',
    'jira',
    people.map((p) => (p.jira === undefined ? [] : [p.jira])),
  );
  unique(
    'people',
    'github',
    people.map((p) => (p.github === undefined ? [] : [p.github.toLowerCase()])),
  );
  unique(
    'people',
    'slack',
    people.map((p) => (p.slack === undefined ? [] : [p.slack])),
  );
  unique(
    'people',
    'emails',
    people.map((p) => p.emails.map((e) => e.toLowerCase())),
  );
  unique(
    'services',
    'name',
    value.services.map((s) => [s.name]),
  );
  // Branches and workflows are named by repository: two services in one would be in each other's way.
  unique(
    'services',
    'repository',
    value.services.map((s) => [s.repository.toLowerCase()]),
  );
  unique(
    'services',
    'components',
    value.services.map((s) => s.components),
  );
  if (value.local !== undefined && !people.some((p) => p.id === value.local)) {
    const message = `local is "${value.local}", but must be the id of one of people: ${people.map((p) => p.id).join(', ')}`;
    found.push({ path: ['local'], message });
  }
  const port = Number(value.gateway.listen.split(':').at(-1));
  if (port < 1 || port > 65_535) {
    const message = `gateway.listen has the port ${port}, but must have one from 1 to 65535`;
    found.push({ path: ['gateway', 'listen'], message });
  }
  return found;
}

function withAbsolutePaths(value: Config, directory: string): Config {
  const { file } = value.secrets;
  const { agent, deploy } = value;
  return {
    ...value,
    secrets: file === undefined ? {} : { file: resolve(directory, file) },
    agent:
      agent.kind === 'recorded'
        ? { ...agent, directory: resolve(directory, agent.directory) }
        : { ...agent, command: withProgram(agent.command, directory) },
    deploy: { ...deploy, command: withProgram(deploy.command, directory) },
  };
}

/** `./deploy.sh` stands beside the file; `kubectl` is looked for on the PATH. */
function withProgram(command: string[], directory: string): string[] {
  const [program = '', ...rest] = command;
  return /^\.{1,2}\//.test(program) ? [resolve(directory, program), ...rest] : command;
}
