import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import {
  closeStore,
  openStore,
  startGateway,
  type GatewayUnderTest,
} from '../../test/gateway-under-test.ts';
import { sampleEntry, sampleTicket } from '../../test/ticket-samples.ts';

let gateway: GatewayUnderTest;
const leaving: AbortController[] = [];
beforeAll(openStore, 60_000);
afterEach(async () => {
  for (const one of leaving.splice(0)) one.abort();
  await gateway.close();
});
afterAll(closeStore);

/** Reads the next `count` events of a stream. */
async function open(path: string, headers: Record<string, string> = {}) {
  const leave = new AbortController();
  leaving.push(leave);
  const response = await fetch(`${gateway.url}${path}`, { headers, signal: leave.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  const next = async (count: number) => {
    const seen: { id: string; event: { id: string; text: string } }[] = [];
    while (seen.length < count) {
      const { value } = await events.read();
      if (value === undefined) throw new Error('the stream ended');
      seen.push({ id: value.id ?? '', event: JSON.parse(value.data) as never });
    }
    return seen;
  };
  return { next, events, leave: () => leave.abort() };
}

const write = (...ids: readonly string[]) =>
  Promise.all(ids.map((id) => gateway.store.record(sampleEntry(id))));

test('a stream tells what happened, then what happens', async () => {
  gateway = await startGateway();
  await write('one');
  const stream = await open('/api/events');
  expect(await stream.next(1)).toMatchObject([{ id: '1', event: { id: 'one', sequence: 1 } }]);
  await write('two');
  expect(await stream.next(1)).toMatchObject([
    { id: '2', event: { id: 'two', at: '2026-11-20T10:00:00.000Z', kind: 'note' } },
  ]);
});

test('a reader that comes back with its last id misses nothing and sees nothing twice', async () => {
  gateway = await startGateway();
  await write('one', 'two');
  const first = await open('/api/events');
  const seen = await first.next(2);
  first.leave();
  await write('three', 'four');
  const second = await open('/api/events', { 'last-event-id': seen.at(-1)?.id ?? '' });
  expect((await second.next(2)).map(({ id }) => id)).toEqual(['3', '4']);
});

test('a burst longer than a page arrives whole, in order, for every reader', async () => {
  gateway = await startGateway();
  const readers = await Promise.all([open('/api/events'), open('/api/events')]);
  const entries = Array.from({ length: 210 }, (_, n) => sampleEntry(`entry-${n}`));
  await gateway.store.journal({ ticket: sampleTicket(), intervals: [], entries });
  for (const reader of readers) {
    const sequence = (await reader.next(210)).map(({ id }) => Number(id));
    expect(sequence).toEqual(entries.map((_, n) => n + 1));
  }
});

test('a stream of one ticket leaves the others out', async () => {
  gateway = await startGateway();
  await gateway.store.record(sampleEntry('other', { ticket: 'SHOP-2' }));
  await write('mine');
  const stream = await open('/api/events?ticket=SHOP-1&after=0');
  expect((await stream.next(1))[0]?.event).toMatchObject({ id: 'mine' });
});

test('a last id that is none of ours is refused, not guessed at', async () => {
  gateway = await startGateway();
  const headers = { 'last-event-id': '1; drop table audit' };
  expect((await fetch(`${gateway.url}/api/events`, { headers })).status).toBe(400);
});

test('closing the gateway ends its streams', async () => {
  gateway = await startGateway();
  const stream = await open('/api/events');
  await gateway.close();
  expect((await stream.events.read()).done).toBe(true);
  gateway = await startGateway();
});
