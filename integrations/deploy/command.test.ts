import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { transformFile } from '@swc/core';
import { startCluster } from '../../sandbox/cluster/cluster.ts';
import { createRepositoryFixture } from '../../sandbox/cluster/repository-fixture.ts';
import { openEffects } from '../../sandbox/effects.ts';
import { createCommandDeploy } from './command.ts';
import { deployConformance } from './conformance.ts';

deployConformance('a program that drives the sandbox’s cluster', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'baton-deploy-'));
  const source = new URL('../../sandbox/cluster/command.ts', import.meta.url).pathname;
  const { code } = await transformFile(source, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  const program = join(directory, 'command.mjs');
  await writeFile(program, code);
  const repositories = createRepositoryFixture(directory);
  const cluster = await startCluster({
    dataDir: directory,
    port: 0,
    effects: openEffects(directory),
    repositoriesDir: repositories.repositoriesDir,
    services: ['checkout', 'pricing'].map((name) => ({ name, repository: `shop/${name}` })),
  });
  const release = (text: string) => ({
    service: 'checkout',
    repository: 'shop/checkout',
    commit: repositories.commit('checkout', { files: { 'NOTES.md': text } }),
    configHash: `sha256:${'0'.repeat(64)}`,
    flags: { 'free-shipping': true },
    secrets: { DATABASE: '3' },
    schemaPhase: 'none',
  });
  return {
    deploy: createCommandDeploy({ command: [process.execPath, program, '--url', cluster.url] }),
    environment: 'production',
    service: 'checkout',
    releases: [release('one'), release('two'), release('three')],
    close: async () => {
      await cluster.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
});

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'baton-program-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

/** A deploy program that does what the script says. */
async function program(script: string, timeoutMs = 5_000) {
  const file = join(directory, `${Math.random()}.cjs`);
  await writeFile(file, script);
  return createCommandDeploy({ command: [process.execPath, file], timeoutMs });
}
const asking = { environment: 'production', service: 'checkout' };

test.each([
  ['conflict', 'StateConflict'],
  ['unavailable', 'IntegrationUnavailable'],
  ['rejected', 'IntegrationRejected'],
  ['not-found', 'IntegrationRejected'],
  ['something new', 'IntegrationRejected'],
  ['constructor', 'IntegrationRejected'],
])('an error of kind %s is %s, with its sentence', async (kind, expected) => {
  const said = JSON.stringify({ error: { kind, message: 'because of the weather' } });
  const deploy = await program(`console.log(${JSON.stringify(said)}); process.exitCode = 1;`);
  await expect(deploy.describe(asking)).rejects.toMatchObject({
    kind: expected,
    message: expect.stringContaining('because of the weather'),
  });
});

test.each([
  ['prints nothing', ''],
  ['prints no JSON', 'console.log("deployed!")'],
  ['answers something else', 'console.log(JSON.stringify({ hello: "world" }))'],
  ['crashes', 'throw new Error("boom")'],
  ['hangs', 'setInterval(() => undefined, 1000)'],
  ['is killed', 'process.kill(process.pid, "SIGKILL")'],
])('a program that %s is not there, and never a success', async (_, script) => {
  const deploy = await program(script, 700);
  await expect(deploy.describe(asking)).rejects.toMatchObject({ kind: 'IntegrationUnavailable' });
});

test('a program that is not installed is the operator’s to mend', async () => {
  const deploy = createCommandDeploy({ command: ['no-such-deploy-program'] });
  await expect(deploy.describe(asking)).rejects.toMatchObject({
    kind: 'IntegrationRejected',
    message: expect.stringContaining('is it installed'),
  });
});

test('the request is the protocol’s: one object, seconds, the service of its release', async () => {
  const file = join(directory, 'request.json');
  const deploy = await program(
    `const text = require('fs').readFileSync(0, 'utf8'); require('fs').appendFileSync(${JSON.stringify(file)}, text);
     console.log(JSON.stringify({ environment: 'e', services: [] }));`,
  );
  const release = {
    service: 'checkout',
    repository: 'shop/checkout',
    commit: 'a'.repeat(40),
    configHash: 'c',
    flags: {},
    secrets: {},
    schemaPhase: 'none',
  };
  const input = { environment: 'e', owner: 'SHOP-1', ttlMs: 1_500, releases: [release], key: 'k' };
  await deploy.create({ ...input, signal: new AbortController().signal });
  await deploy.deploy({ environment: 'e', release, key: 'k' }).catch(() => undefined);
  const [first, second] = (await readFile(file, 'utf8')).trim().split('\n');
  expect(JSON.parse(first ?? '')).toEqual({
    action: 'create',
    environment: 'e',
    owner: 'SHOP-1',
    ttlSeconds: 2,
    services: [release],
    key: 'k',
  });
  expect(JSON.parse(second ?? '')).toEqual({
    action: 'deploy',
    environment: 'e',
    service: 'checkout',
    release,
    key: 'k',
  });
});

test('our secrets are not in the program’s environment, the operator’s settings are', async () => {
  process.env['JIRA_TOKEN'] = 'do-not-pass';
  process.env['KUBECONFIG_OF_TEST'] = 'pass';
  try {
    const deploy = await program(
      `const { JIRA_TOKEN, KUBECONFIG_OF_TEST } = process.env;
       console.log(JSON.stringify({ error: { kind: 'rejected', message: JSON.stringify({ JIRA_TOKEN, KUBECONFIG_OF_TEST }) } })); process.exitCode = 1;`,
    );
    await expect(deploy.describe(asking)).rejects.toThrow('{"KUBECONFIG_OF_TEST":"pass"}');
  } finally {
    delete process.env['JIRA_TOKEN'];
    delete process.env['KUBECONFIG_OF_TEST'];
  }
});

test('cancelled: the program ends and the reason comes through', async () => {
  const reason = new Error('cancelled');
  const abort = new AbortController();
  const deploy = await program('setInterval(() => undefined, 1000)');
  const asked = deploy.describe({ ...asking, signal: abort.signal });
  setTimeout(() => abort.abort(reason), 100);
  await expect(asked).rejects.toBe(reason);
});
