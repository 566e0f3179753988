import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Card, MessageRef } from '../domain/card.ts';
import { packet as packetSchema } from '../domain/packet.schema.ts';
import { STAGES, type Stage } from '../domain/stages.ts';
import type { ChatPort } from '../integrations/chat/port.ts';
import type { TrackerPort, TrackerTicket } from '../integrations/tracker/port.ts';
import { openWorkshop, storyOf, type Workshop } from '../test/fixtures/activity-store.ts';
import { sampleConfig, samplePacket } from '../test/fixtures/packets.ts';
import { sampleTicket } from '../test/ticket-samples.ts';
import { createNoticeActivities } from './notices.ts';
import { seal } from './packets.ts';

let at: Workshop;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

const unexpected = async (): Promise<never> => Promise.reject(new Error('not to be called'));

/** A tracker and a chat that keep one text under each marker, as the real ones do. */
function outside(status = 'Ready for build') {
  const comments = new Map<string, Card>();
  const messages = new Map<string, { card: Card; thread: MessageRef | null }>();
  let now = status;
  const tracker: TrackerPort = {
    readTicket: async () => ({ status: now }) as TrackerTicket,
    comment: async ({ marker, card }) => {
      comments.set(marker, card);
      return { id: `c-${marker}` };
    },
    transition: async ({ status: to }) => {
      const moved = now !== to;
      now = to;
      return { moved };
    },
    listTickets: unexpected,
  };
  const chat: ChatPort = {
    post: async ({ marker, card, thread }) => {
      messages.set(marker, { card, thread });
      return { channel: 'C0', id: `m-${marker}` };
    },
    update: async ({ marker, card }) => {
      messages.set(marker, { card, thread: null });
    },
  };
  const config = sampleConfig();
  const activities = createNoticeActivities({ config, store: at.store, tracker, chat });
  return { activities, comments, messages, status: () => now };
}

const held = { kind: 'held' as const, reason: 'the cluster is away' };

describe('commentOnTicket', () => {
  test('writes one comment without buttons, and one line of the story', async () => {
    const { activities, comments } = outside();
    const input = { marker: 'NOTE-1/held', notice: held, ticket: sampleTicket({ key: 'NOTE-1' }) };
    await activities.commentOnTicket(input);
    await activities.commentOnTicket(input);
    expect([...comments.values()]).toMatchObject([{ title: 'NOTE-1 is held', actions: [] }]);
    expect(await storyOf(at.store, 'NOTE-1')).toEqual(['Jira comment written: NOTE-1 is held']);
  });

  test('tells what the newest packet holds', async () => {
    const ticket = { key: 'NOTE-2', title: 't', url: 'u' };
    const sealed = await seal(at.store, samplePacket({ ticket }), packetSchema);
    const packet = sealed.sealed ? sealed.packet : null;
    const { activities, comments } = outside();
    const row = sampleTicket({ key: 'NOTE-2', packet });
    await activities.commentOnTicket({ marker: 'm', notice: { kind: 'started' }, ticket: row });
    expect(JSON.stringify(comments.get('m'))).toContain('2 acceptance criteria');
  });

  test('a packet that is gone is a broken contract: nothing is told without it', async () => {
    const { activities, comments } = outside();
    const row = sampleTicket({ packet: { version: 1, hash: 'sha256:none' } });
    const writing = activities.commentOnTicket({ marker: 'm', notice: held, ticket: row });
    await expect(writing).rejects.toMatchObject({ type: 'ContractBroken' });
    expect(comments.size).toBe(0);
  });
});

test('a message is posted with its buttons where it belongs, and later replaced as a whole', async () => {
  const { activities, messages } = outside();
  const ticket = sampleTicket({ key: 'NOTE-3' });
  const thread = { channel: 'C0', id: '1' };
  const input = { marker: 'NOTE-3/held', notice: held, ticket };
  const message = await activities.postMessage({ ...input, thread });
  expect(message).toEqual({ channel: 'C0', id: 'm-NOTE-3/held' });
  expect(messages.get('NOTE-3/held')).toMatchObject({ thread, card: { title: 'NOTE-3 is held' } });
  expect(messages.get('NOTE-3/held')?.card.actions.map((a) => a.decision)).toEqual([
    'resume',
    'cancel',
  ]);
  const notice = { kind: 'cancelled' as const, undone: [] };
  await activities.updateMessage({ ...input, notice, message });
  expect(messages.get('NOTE-3/held')?.card).toMatchObject({
    title: 'NOTE-3 is cancelled',
    actions: [],
  });
  expect(await storyOf(at.store, 'NOTE-3')).toHaveLength(1);
});

test('a ticket is moved to the status of its stage, told once; where it stands already nothing is told', async () => {
  const { activities, status } = outside();
  const move = (marker: string) => activities.moveTicket({ key: 'NOTE-4', status: 'code', marker });
  await move('a');
  await move('b');
  expect(status()).toBe('In Progress');
  expect(await storyOf(at.store, 'NOTE-4')).toEqual(['Jira ticket moved to In Progress']);
});

test('a stage without a status of its own moves nothing', async () => {
  const { activities, status } = outside();
  await activities.moveTicket({ key: 'NOTE-5', status: 'canary', marker: 'a' });
  expect(status()).toBe('Ready for build');
});

describe('readTicketPosition', () => {
  const position = async (status: string, stage: Stage) =>
    (await outside(status).activities.readTicketPosition({ key: 'SHOP-1', stage })).position;

  test.each([
    ['Ready for build', 'spec', 'as-expected'],
    ['In Progress', 'code', 'as-expected'],
    ['In Progress', 'review', 'moved-back'],
    ['Ready for build', 'canary', 'moved-back'],
    ['In Review', 'code', 'ahead'],
    ['Done', 'review', 'ahead'],
    ['In Review', 'monitoring', 'as-expected'],
    ['Some backlog', 'spec', 'moved-back'],
  ] as const)('a ticket in %s while its stage is %s is %s', async (status, stage, expected) => {
    expect(await position(status, stage)).toBe(expected);
  });

  test('a ticket moved back to the start is moved back in every stage after spec', async () => {
    for (const stage of STAGES.slice(1))
      expect(await position('Ready for build', stage)).toBe('moved-back');
  });
});
