import {
  createEnvironment,
  destroyEnvironment,
  findService,
  type EnvironmentsContext,
} from './environments.ts';
import { Refusal } from './refusal.ts';
import type { DeployRequest } from './requests.ts';
import { deploy, promote, restore, setWeight, type RolloutContext } from './rollout.ts';
import { PRODUCTION } from './state.ts';

/** Carries a request out and answers what the protocol says. Idempotent by state: see the protocol. */
export async function carryOut(
  context: EnvironmentsContext,
  request: DeployRequest,
): Promise<unknown> {
  switch (request.action) {
    case 'list':
      return { environments: list(context) };
    case 'create':
      await createEnvironment(context, { ...request, releases: request.services });
      return {
        environment: request.environment,
        services: servicesOf(context, request.environment),
      };
    case 'destroy':
      await destroyEnvironment(context, request.environment);
      return { environment: request.environment };
    default:
      return onService(context, request);
  }
}

type ServiceRequest = Exclude<DeployRequest, { action: 'list' | 'create' | 'destroy' }>;

async function onService(context: EnvironmentsContext, request: ServiceRequest): Promise<unknown> {
  const found = findService(context, request);
  if ('release' in request && request.release.service !== request.service) {
    throw new Refusal('rejected', `The release is one of ${request.release.service}.`);
  }
  await change(found, request);
  return describe(found, request.environment, request.service);
}

async function change(found: RolloutContext, request: ServiceRequest): Promise<void> {
  switch (request.action) {
    case 'describe':
      return;
    case 'deploy':
      return deploy(found, request.release);
    case 'weight':
      return setWeight(found, request);
    case 'promote':
      return promote(found, request.version);
    case 'restore':
      return restore(found, request.release);
    default:
      return request satisfies never;
  }
}

function describe({ state, running }: RolloutContext, environment: string, service: string) {
  const { stable, candidate } = state;
  return {
    environment,
    service,
    url: running.url,
    stable: { version: stable.version, release: stable.release },
    candidate: candidate && {
      version: candidate.version,
      release: candidate.release,
      weight: candidate.weight,
    },
  };
}

function servicesOf(context: EnvironmentsContext, environment: string) {
  const services = Object.keys(context.state.value.environments[environment]?.services ?? {});
  return services.map((service) =>
    describe(findService(context, { environment, service }), environment, service),
  );
}

/** Production is nobody's to tear down, so it is not in the list. */
function list({ state }: EnvironmentsContext) {
  return Object.entries(state.value.environments)
    .filter(([name, { ready }]) => name !== PRODUCTION && ready)
    .map(([environment, { owner, createdAt }]) => ({ environment, owner, createdAt }));
}
