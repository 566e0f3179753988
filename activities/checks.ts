import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, ServiceEntry } from '../domain/config.schema.ts';
import type { Evidence } from '../domain/packet.schema.ts';
import { differingFields, type Release } from '../domain/release.ts';
import type { ChangeRef } from '../domain/ticket.ts';
import type { DeployPort, ServiceDescription } from '../integrations/deploy/port.ts';
import type { GitPort } from '../integrations/forge/port.ts';
import type { RunUntrusted, UntrustedResult } from '../integrations/process/port.ts';
import type { Store } from '../store/port.ts';
import { serviceOf } from './services.ts';
import { inFolder } from './working-copy.ts';

/** A running production-like environment and the way from production's release to the new one. */
export interface EnvironmentReady {
  readonly environment: string;
  readonly services: readonly { readonly service: string; readonly url: string }[];
  readonly before: readonly Release[];
  readonly after: readonly Release[];
}

export interface CheckDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly git: GitPort;
  readonly deploy: DeployPort;
  readonly runUntrusted: RunUntrusted;
  readonly workDirectory: string;
}

export async function walk(
  deps: CheckDependencies,
  input: {
    readonly key: string;
    readonly ready: EnvironmentReady;
    readonly releases: readonly Release[];
    readonly step: string;
    readonly signal: AbortSignal;
  },
): Promise<Evidence[]> {
  const { key, ready, releases, step, signal } = input;
  const evidence: Evidence[] = [];
  for (const release of releases) {
    const live = await deps.deploy.restore({
      environment: ready.environment,
      release,
      key: `${key}/rehearsal/${release.service}/${step}`,
      signal,
    });
    const id = `rehearsal/${release.service}/${step.replace(' ', '-')}`;
    const what = `way back of ${release.service}: ${step} (${release.commit.slice(0, 8)})`;
    evidence.push(await checkRelease(deps, { key, live, release, id, what, signal }));
  }
  return evidence;
}

export async function checkCriterion(
  deps: CheckDependencies,
  input: {
    readonly key: string;
    readonly ready: EnvironmentReady;
    readonly change: ChangeRef;
    readonly criterion: { readonly id: string; readonly title: string };
    readonly directory: string;
    readonly signal: AbortSignal;
  },
): Promise<Evidence | null> {
  const { key, ready, change, criterion, directory, signal } = input;
  const command = serviceOf(deps.config, change.service).criterion.map((part) =>
    part.replaceAll('{ticket}', key).replaceAll('{criterion}', criterion.id),
  );
  const file = command.find((part) => part.includes(criterion.id)) ?? '';
  if (
    !(await access(join(directory, file)).then(
      () => true,
      () => false,
    ))
  )
    return null;
  const urls = Object.fromEntries(
    ready.services.map(({ service, url }) => [
      `${service.toUpperCase().replaceAll('-', '_')}_URL`,
      url,
    ]),
  );
  const url = ready.services.find((s) => s.service === change.service)?.url ?? '';
  const run = await deps.runUntrusted({
    command,
    directory,
    environment: { ...urls, BASE_URL: url },
    timeoutMs: deps.config.policy.verification.checkTimeout,
    maxOutputBytes: 500_000,
    network: true,
    signal,
  });
  return evidenceOf(deps.store, criterionCheck(criterion), run);
}

export const criterionCheck = ({ id, title }: { readonly id: string; readonly title: string }) => ({
  id: `criterion/${id}`,
  what: `${id} ${title}`,
  layer: 'intent' as const,
  criterion: id,
});

/** The live state must be the release as a whole, without another version beside it, and its own smoke check must pass there. */
export async function checkRelease(
  deps: CheckDependencies,
  input: {
    readonly key: string;
    readonly live: ServiceDescription;
    readonly release: Release;
    readonly id: string;
    readonly what: string;
    readonly signal: AbortSignal;
  },
): Promise<Evidence> {
  const { live, release, key, id, what, signal } = input;
  const about = { id, what, layer: 'operation' as const };
  const differing = differingFields(live.stable.release, release);
  if (differing.length > 0 || live.candidate !== null) {
    const sentence =
      live.candidate === null
        ? `${differing.join(', ')} differ from what was to run`
        : `${live.candidate.version} still runs beside it`;
    return { ...about, result: 'failed', sentence, artifact: null, durationMs: 0 };
  }
  const service: ServiceEntry = serviceOf(deps.config, release.service);
  return runIn(
    deps,
    { repository: release.repository, commit: release.commit, key },
    async (directory) => {
      const run = await deps.runUntrusted({
        command: service.smoke,
        directory,
        environment: { BASE_URL: live.url },
        timeoutMs: deps.config.policy.verification.checkTimeout,
        maxOutputBytes: 500_000,
        network: true,
        signal,
      });
      return evidenceOf(deps.store, about, run);
    },
    signal,
  );
}

export async function runIn<T>(
  { git, workDirectory }: CheckDependencies,
  {
    repository,
    commit,
    key,
  }: { readonly repository: string; readonly commit: string; readonly key: string },
  use: (directory: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return inFolder(workDirectory, `${key}-check`, async (folder) => {
    const directory = join(folder, 'clone');
    await git.clone({ repository, ref: commit, directory, signal });
    return use(directory);
  });
}

/** Exit code 0 of a check that really ran is the only pass. */
export async function evidenceOf(
  store: Store,
  about: Pick<Evidence, 'id' | 'what' | 'layer' | 'criterion'>,
  run: UntrustedResult,
): Promise<Evidence> {
  const artifact = await store.putArtifact(Buffer.from(run.output));
  const passed = run.ending === 'exited' && run.exitCode === 0;
  const sentence = passed
    ? 'passed'
    : run.ending === 'exited'
      ? `ended with exit code ${run.exitCode ?? 'none'}`
      : `was stopped: ${run.ending}`;
  return {
    ...about,
    result: passed ? 'passed' : 'failed',
    sentence,
    artifact,
    durationMs: run.durationMs,
  };
}
