import type { Ledger } from '../ledger.ts';
import type { StateFile } from '../state-file.ts';
import type { EnvironmentProcesses } from './environment-processes.ts';
import { findFreePort } from './free-port.ts';
import { Refusal } from './refusal.ts';
import type { Release } from './release.ts';
import type { RolloutContext } from './rollout.ts';
import {
  newService,
  PRODUCTION,
  type ClusterState,
  type EnvironmentState,
  type ServiceState,
} from './state.ts';

export interface EnvironmentsContext {
  readonly state: StateFile<ClusterState>;
  readonly ledger: Ledger;
  readonly processes: EnvironmentProcesses;
}

/** Starts everything that the state names. What was never ready is forgotten: it is asked for again. */
export async function recover({ state, processes }: EnvironmentsContext): Promise<void> {
  const { environments } = state.value;
  for (const [name, { ready }] of Object.entries(environments)) {
    if (!ready) Reflect.deleteProperty(environments, name);
  }
  for (const [name, environment] of Object.entries(environments)) {
    await processes.start(name, environment);
  }
}

/** With these releases as stable; other services run production's. The same name again is no change. */
export async function createEnvironment(
  context: EnvironmentsContext,
  asked: {
    readonly environment: string;
    readonly owner: string;
    readonly ttlSeconds: number | null;
    readonly releases: readonly Release[];
  },
): Promise<void> {
  const { state, ledger, processes } = context;
  const { environments } = state.value;
  const name = asked.environment;
  if (environments[name]) return;
  const environment: EnvironmentState = {
    owner: asked.owner,
    createdAt: new Date().toISOString(),
    expiresAt: asked.ttlSeconds === null ? null : expiry(asked.ttlSeconds),
    ready: false,
    services: await drawServices(withProduction(asked.releases, environments[PRODUCTION])),
  };
  environments[name] = environment;
  ledger.commit();
  const failure = await processes.start(name, environment);
  if (failure) {
    Reflect.deleteProperty(environments, name);
    ledger.commit();
    await processes.end(name);
    throw failure;
  }
  environment.ready = true;
  if (name !== PRODUCTION) ledger.effect('environment', `env/${name}/created`);
  ledger.commit();
}

/** Gone is no change. Answers when its processes have ended. */
export async function destroyEnvironment(
  { state, ledger, processes }: EnvironmentsContext,
  name: string,
): Promise<void> {
  if (name === PRODUCTION) throw new Refusal('rejected', 'Production cannot be destroyed.');
  if (!state.value.environments[name]) return;
  Reflect.deleteProperty(state.value.environments, name);
  ledger.effect('environment', `env/${name}/destroyed`);
  ledger.commit();
  await processes.end(name);
}

/** Refuses an environment or a service that is not there. */
export function findService(
  { state, ledger, processes }: EnvironmentsContext,
  { environment, service }: { readonly environment: string; readonly service: string },
): RolloutContext {
  const one = state.value.environments[environment]?.services[service];
  const running = processes.service(environment, service);
  if (!one || !running) {
    throw new Refusal('not-found', `There is no ${service} in the environment ${environment}.`);
  }
  const prefix = environment === PRODUCTION ? service : `env/${environment}/${service}`;
  return {
    state: one,
    running,
    effect: (kind, what) => {
      if (environment === PRODUCTION) state.value.changedAt = Date.now();
      ledger.effect(kind, `${prefix}/${what}`);
    },
    commit: () => ledger.commit(),
  };
}

/** Those whose time is over, in the order in which they end. */
export function expired({ state }: EnvironmentsContext, now: number): readonly string[] {
  return Object.entries(state.value.environments)
    .filter(([, { expiresAt }]) => expiresAt !== null && Date.parse(expiresAt) <= now)
    .map(([name]) => name);
}

function withProduction(
  releases: readonly Release[],
  production: EnvironmentState | undefined,
): readonly Release[] {
  const named = new Set(releases.map(({ service }) => service));
  const others = Object.values(production?.services ?? {}).map(({ stable }) => stable.release);
  return [...releases, ...others.filter(({ service }) => !named.has(service))];
}

async function drawServices(releases: readonly Release[]): Promise<Record<string, ServiceState>> {
  const services: Record<string, ServiceState> = {};
  for (const release of releases) {
    services[release.service] = newService(await findFreePort(), release);
  }
  return services;
}

function expiry(ttlSeconds: number): string {
  return new Date(Date.now() + ttlSeconds * 1000).toISOString();
}
