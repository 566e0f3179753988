import { join } from 'node:path';
import { runService, type RunningService } from './running-service.ts';
import { startServiceProcess, type ServiceProcess } from './service-process.ts';
import type { SourceCode } from './source-code.ts';
import type { EnvironmentState, Version } from './state.ts';

/** The proxies and processes of all environments: what the state wants, made so. */
export interface EnvironmentProcesses {
  /** Starts everything the environment names. Answers the first reason why something did not. */
  start(name: string, environment: EnvironmentState): Promise<Error | undefined>;
  end(name: string): Promise<void>;
  service(name: string, service: string): RunningService | undefined;
  all(): readonly (readonly [name: string, service: string, running: RunningService])[];
  endAll(): Promise<void>;
}

export interface ProcessOptions {
  readonly source: SourceCode;
  readonly logDir: string;
}

export function openProcesses(options: ProcessOptions): EnvironmentProcesses {
  const running = new Map<string, Map<string, RunningService>>();
  const end = async (name: string) => {
    const services = running.get(name);
    running.delete(name);
    await Promise.all([...(services?.values() ?? [])].map((service) => service.stop()));
  };
  return {
    start: async (name, environment) => {
      const services = new Map<string, RunningService>();
      running.set(name, services);
      const launch = (version: Version) => launchVersion(options, { name, environment, version });
      for (const [service, state] of Object.entries(environment.services)) {
        services.set(service, await runService({ state, launch }));
      }
      const failure = await ensureAll(environment, services);
      await Promise.all([...services.values()].map((service) => service.follow()));
      return failure;
    },
    end,
    service: (name, service) => running.get(name)?.get(service),
    all: () =>
      [...running].flatMap(([name, services]) =>
        [...services].map(([service, one]) => [name, service, one] as const),
      ),
    endAll: async () => {
      await Promise.all([...running.keys()].map(end));
    },
  };
}

async function ensureAll(
  environment: EnvironmentState,
  services: ReadonlyMap<string, RunningService>,
): Promise<Error | undefined> {
  const versions = Object.entries(environment.services).flatMap(([service, state]) =>
    [state.stable, ...(state.candidate ? [state.candidate] : [])].map((v) => [service, v] as const),
  );
  const all = await Promise.allSettled(
    versions.map(async ([name, version]) => services.get(name)?.ensure(version)),
  );
  return all.find((one) => one.status === 'rejected')?.reason as Error | undefined;
}

async function launchVersion(
  { source, logDir }: ProcessOptions,
  what: {
    readonly name: string;
    readonly environment: EnvironmentState;
    readonly version: Version;
  },
): Promise<ServiceProcess> {
  const { version, release } = what.version;
  return startServiceProcess({
    directory: await source.directoryOf(release.repository, release.commit),
    logFile: join(logDir, what.name, `${release.service}-${version}.log`),
    env: {
      NODE_ENV: 'production',
      ENVIRONMENT: what.name,
      SERVICE_VERSION: version,
      CONFIG_HASH: release.configHash,
      SCHEMA_PHASE: release.schemaPhase,
      FEATURE_FLAGS: JSON.stringify(release.flags),
      ...neighbours(what.environment),
    },
  });
}

/** `PRICING_URL` and so on: where each service of the environment is reached. */
function neighbours(environment: EnvironmentState): Record<string, string> {
  const urls = Object.entries(environment.services).map(([service, { port }]) => [
    `${service.toUpperCase().replaceAll('-', '_')}_URL`,
    `http://127.0.0.1:${port}`,
  ]);
  return Object.fromEntries(urls) as Record<string, string>;
}
