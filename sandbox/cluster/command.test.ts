import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startHttpServer, type HttpAnswer, type HttpServer } from '../http-server.ts';

let directory: string;
let cluster: HttpServer;
let answer: HttpAnswer = { status: 200, body: {} };
let received: unknown;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'command-'));
  const { code } = transformFileSync(join(import.meta.dirname, 'command.ts'), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  writeFileSync(join(directory, 'command.mjs'), code);
  cluster = await startHttpServer({
    port: 0,
    routes: {
      'POST /command': (request) => {
        received = request.json();
        return answer;
      },
    },
  });
});
afterAll(async () => {
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

async function command(args: readonly string[], input: unknown) {
  const child = spawn(process.execPath, [join(directory, 'command.mjs'), ...args]);
  child.stdin.end(JSON.stringify(input));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exited, stdout, stderr };
}

test('a request is handed to the cluster and its answer printed', async () => {
  answer = { status: 200, body: { environments: [] } };
  const outcome = await command(['--url', cluster.url], { action: 'list' });
  expect(received).toEqual({ action: 'list' });
  expect(outcome).toMatchObject({ code: 0, stdout: '{"environments":[]}\n' });
});

test('a refusal is exit 1 with its kind and sentence', async () => {
  const error = { kind: 'conflict', message: 'v2 is being rolled out already.' };
  answer = { status: 409, body: { error } };
  const outcome = await command(['--url', cluster.url], { action: 'list' });
  expect(outcome).toMatchObject({ code: 1, stdout: `${JSON.stringify({ error })}\n` });
});

test.each([
  { what: 'a cluster that answers something else', url: () => cluster.url },
  { what: 'a cluster that is not there', url: () => 'http://127.0.0.1:1' },
])('$what is unavailable', async ({ url }) => {
  answer = { status: 500, body: 'oops' };
  const outcome = await command(['--url', url()], { action: 'list' });
  expect(outcome.code).toBe(1);
  expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { kind: 'unavailable' } });
});

test('without a cluster’s address it says how it is used', async () => {
  const outcome = await command([], {});
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toMatch(/^usage: /);
});
