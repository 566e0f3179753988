import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startHttpServer, type HttpServer } from '../http-server.ts';
import { findFreePort } from './free-port.ts';
import { startWeightedProxy, type WeightedProxy } from './weighted-proxy.ts';

let servers: HttpServer[];
let proxy: WeightedProxy;

beforeEach(async () => {
  const serve = (name: string) =>
    startHttpServer({
      port: 0,
      routes: { 'POST /echo': ({ body }) => ({ status: 201, body: `${name} ${String(body)}` }) },
    });
  servers = [await serve('old'), await serve('new')];
  proxy = await startWeightedProxy(await findFreePort());
});
afterEach(async () => {
  await proxy.close();
  await Promise.all(servers.map((server) => server.close()));
});

const target = (version: 'v1' | 'v2') => ({
  version,
  port: () => servers[version === 'v1' ? 0 : 1]?.port,
});
async function ask() {
  const response = await fetch(`${proxy.url}/echo`, { method: 'POST', body: 'hello' });
  return { status: response.status, text: await response.text() };
}
async function shareOfNew(requests: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: requests }, ask));
  return answers.filter(({ text }) => text.startsWith('new')).length / requests;
}

test('requests and answers pass whole, and the answer says which version it is of', async () => {
  proxy.route({ stable: target('v1'), candidate: null });
  expect(await ask()).toEqual({ status: 201, text: 'old hello' });
  const response = await fetch(`${proxy.url}/echo`, { method: 'POST', body: 'x' });
  expect(response.headers.get('x-served-by')).toBe('v1');
});

test('at weight 0 and after it no request goes to the candidate, at 100 every one', async () => {
  proxy.route({ stable: target('v1'), candidate: { ...target('v2'), weight: 0 } });
  expect(await shareOfNew(300)).toBe(0);
  proxy.route({ stable: target('v1'), candidate: { ...target('v2'), weight: 100 } });
  expect(await shareOfNew(300)).toBe(1);
  proxy.route({ stable: target('v1'), candidate: { ...target('v2'), weight: 0 } });
  expect(await shareOfNew(300)).toBe(0);
});

test('a version that is not there is 502 for its share only', async () => {
  await servers[1]?.close();
  proxy.route({ stable: target('v1'), candidate: { ...target('v2'), weight: 100 } });
  expect((await ask()).status).toBe(502);
  const gone = { version: 'v2', port: () => undefined, weight: 100 };
  proxy.route({ stable: target('v1'), candidate: gone });
  expect((await ask()).status).toBe(502);
  proxy.route({ stable: target('v1'), candidate: { ...gone, weight: 0 } });
  expect((await ask()).status).toBe(201);
});
