import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceEntry } from '../domain/config.schema.ts';
import type { Evidence } from '../domain/packet.schema.ts';
import { readPatch, type ChangeDependencies, type RepositoryRound } from './change-round.ts';
import { serviceOf } from './services.ts';
import { inFolder } from './working-copy.ts';

/** New tests that pass without the change prove nothing; ones that fail with it neither. */
export async function proveRedThenGreen(
  deps: ChangeDependencies,
  input: RepositoryRound & {
    readonly baseCommit: string;
    readonly patch: string;
    readonly files: readonly string[];
  },
  signal: AbortSignal,
): Promise<Evidence> {
  const service = serviceOf(deps.config, input.service);
  const tests = input.files.filter((file) => file.endsWith(service.testSuffix));
  const about = {
    id: `red-green/${input.repository}`,
    what: `new tests of ${input.repository} fail before the change and pass after`,
    layer: 'verification' as const,
  };
  const nothingRan: Evidence = {
    ...about,
    result: 'not-run',
    sentence: 'the change has no tests',
    artifact: null,
    durationMs: 0,
  };
  if (tests.length === 0) return nothingRan;
  const patch = await readPatch(deps.store, input.patch);
  const red = await runTests(deps, service, input, patch, tests, { only: tests }, signal);
  const green = await runTests(deps, service, input, patch, tests, {}, signal);
  if (red === null || green === null) return nothingRan;
  const artifact = await deps.store.putArtifact(
    Buffer.from(`== before ==\n${red.output}\n== after ==\n${green.output}\n`),
  );
  const failsBefore = red.ending === 'exited' && red.exitCode !== 0;
  const passesAfter = green.ending === 'exited' && green.exitCode === 0;
  const sentence =
    failsBefore && passesAfter
      ? `${tests.length} test file${tests.length === 1 ? '' : 's'} failed before the change and pass with it`
      : !failsBefore
        ? 'the new tests pass without the change: they prove nothing'
        : 'the new tests fail with the change';
  return {
    ...about,
    result: failsBefore && passesAfter ? 'passed' : 'failed',
    sentence,
    artifact,
    durationMs: red.durationMs + green.durationMs,
  };
}

/** Null when the change only takes tests away. */
async function runTests(
  deps: ChangeDependencies,
  service: ServiceEntry,
  { repository, key, baseCommit }: RepositoryRound & { readonly baseCommit: string },
  patch: Uint8Array,
  tests: readonly string[],
  { only }: { readonly only?: readonly string[] },
  signal: AbortSignal,
) {
  return inFolder(deps.workDirectory, `${key}-tests`, async (folder) => {
    const directory = join(folder, 'clone');
    await deps.git.clone({ repository, ref: baseCommit, directory, signal });
    await deps.git.apply({
      directory,
      patch,
      ...(only === undefined ? {} : { paths: only }),
      signal,
    });
    const there = tests.filter((file) => existsSync(join(directory, file)));
    if (there.length === 0) return null;
    return deps.runUntrusted({
      command: service.test.flatMap((part) => (part === '{files}' ? there : [part])),
      directory,
      environment: {},
      timeoutMs: deps.config.policy.verification.suiteTimeout,
      maxOutputBytes: 1_000_000,
      network: true,
      signal,
    });
  });
}
