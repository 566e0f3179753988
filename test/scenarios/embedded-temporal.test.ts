import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineSearchAttributeKey } from '@temporalio/common';
import { connectTemporal, TemporalUnavailable } from '../../temporal/connection.ts';
import { findTemporalBinary } from '../../temporal/binary.ts';
import {
  startTemporalServer,
  TemporalNotStarted,
  type EmbeddedServer,
} from '../../temporal/embedded-server.ts';
import { freePorts, isFree } from '../../temporal/free-ports.ts';
import { SEARCH_ATTRIBUTES } from '../../temporal/names.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { compiledCopy, type CompiledCopy } from '../compiled-copy.ts';

let root: string;
let copy: CompiledCopy;
let binary: string;

beforeAll(() => {
  const found = findTemporalBinary();
  if (found === null) throw new Error('there is no Temporal server: run `npm run setup`');
  binary = found;
  root = mkdtempSync(join(tmpdir(), 'baton-temporal-'));
  copy = compiledCopy(['temporal', 'integrations/process', 'domain']);
});
afterAll(() => {
  copy.remove();
  rmSync(root, { recursive: true, force: true });
});

const start = (directory: string, port?: number): Promise<EmbeddedServer> =>
  startTemporalServer({ binary, directory, port, log: () => undefined });

/** Starts a workflow that nobody works on: what matters is whether the server still knows it. */
async function startWorkflow(address: string, workflowId: string): Promise<void> {
  const temporal = await connectTemporal({ address, namespace: 'default' });
  await temporal.client.workflow.start('nobody', {
    workflowId,
    taskQueue: 'nobody',
    typedSearchAttributes: SEARCH_ATTRIBUTES.map((name) => ({
      key: defineSearchAttributeKey(name, 'KEYWORD'),
      value: 'x',
    })),
  });
  await temporal.close();
}

async function statusOf(address: string, workflowId: string): Promise<string> {
  const temporal = await connectTemporal({ address, namespace: 'default' });
  const { status } = await temporal.client.workflow.getHandle(workflowId).describe();
  await temporal.close();
  return status.name;
}

test('it is ready when it says so, knows our search attributes, and remembers across a stop', async () => {
  const directory = join(root, 'stopped');
  const first = await start(directory);
  await startWorkflow(first.address, 'ticket/KEPT-1');
  const metrics = await fetch(first.metricsUrl);
  expect(await metrics.text()).toContain('service_requests');
  await first.stop();
  await first.ended;
  const second = await start(directory);
  expect(second).toMatchObject({
    address: first.address,
    httpUrl: first.httpUrl,
    metricsUrl: first.metricsUrl,
  });
  expect(await statusOf(second.address, 'ticket/KEPT-1')).toBe('RUNNING');
  await second.stop();
}, 60_000);

test('it dies with its parent, kill -9 included, and a start at once goes on at the same address', async () => {
  const directory = join(root, 'killed');
  const script = copy.script(
    'server.js',
    `import { startTemporalServer } from './temporal/embedded-server.js';
     const [binary, directory] = process.argv.slice(2);
     const server = await startTemporalServer({ binary, directory, log: () => {} });
     console.log(JSON.stringify({ address: server.address, pid: server.pid }));`,
  );
  const parent = spawn(process.execPath, [script, binary, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { address, pid } = JSON.parse(await firstLine(parent)) as { address: string; pid: number };
  await startWorkflow(address, 'ticket/KEPT-2');
  parent.kill('SIGKILL');
  const killedAt = Date.now();
  const again = start(directory);
  await until(() => !groupLives(pid));
  expect(Date.now() - killedAt).toBeLessThan(2_000);
  const server = await again;
  expect(server.address).toBe(address);
  expect(await statusOf(address, 'ticket/KEPT-2')).toBe('RUNNING');
  await server.stop();
}, 60_000);

test('a port that somebody else has taken: another one without a wish, a refusal with one', async () => {
  const directory = join(root, 'taken');
  const first = await start(directory);
  await first.stop();
  const port = Number(first.address.split(':')[1]);
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await expect(start(directory, port)).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken`);
  const second = await start(directory);
  expect(second.address).not.toBe(first.address);
  await second.stop();
  other.close();
}, 60_000);

test('a server that cannot start says why, and leaves nothing running', async () => {
  const directory = join(root, 'hopeless');
  const [port = 0] = await freePorts(1);
  const starting = startTemporalServer({
    binary: join(root, 'no-such-program'),
    directory,
    port,
    log: () => undefined,
  });
  await expect(starting).rejects.toThrow(TemporalNotStarted);
  await expect(starting).rejects.toThrow(/exit code 127[\s\S]*not found/);
  expect(readFileSync(join(directory, 'temporal.log'), 'utf8')).not.toBe('');
  expect(await isFree(port)).toBe(true);
});

test('search attributes are added where they are missing, once; nobody at the address is said so', async () => {
  const server = await start(join(root, 'attributes'));
  const temporal = await connectTemporal({ address: server.address, namespace: 'default' });
  expect(await ensureSearchAttributes(temporal.connection, 'default')).toEqual([]);
  await temporal.connection.operatorService.removeSearchAttributes({
    namespace: 'default',
    searchAttributes: ['WaitingOn'],
  });
  expect(await ensureSearchAttributes(temporal.connection, 'default')).toEqual(['WaitingOn']);
  expect(await ensureSearchAttributes(temporal.connection, 'default')).toEqual([]);
  await temporal.ping();
  await server.stop();
  await expect(temporal.ping()).rejects.toThrow(TemporalUnavailable);
  await temporal.close();
  const { address } = server;
  const nobody = connectTemporal({ address, namespace: 'default', connectTimeoutMs: 300 });
  await expect(nobody).rejects.toThrow(`Temporal does not answer at ${server.address}`);
}, 60_000);

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`it ended with ${String(code)} and said nothing`);
  });
  ended.catch(() => undefined);
  const said = await Promise.race([once(child.stdout ?? child, 'data'), ended]);
  return String(said[0]);
}

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!met()) {
    if (Date.now() > deadline) throw new Error('did not come about within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
