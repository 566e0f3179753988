import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Card, CardAction } from '../../domain/card.ts';
import type { ChatPort, MessageRef } from './port.ts';

export interface SeenMessage {
  readonly id: string;
  /** All its words, the buttons' too, as a person reads them. */
  readonly words: string;
  /** What each button hands back when it is pressed. */
  readonly buttons: readonly { readonly action: string; readonly value: string }[];
  readonly thread: string | null;
}

export interface ChatFixture {
  readonly chat: ChatPort;
  /** What stands in the configured channel and its threads, oldest first. */
  messages(): Promise<readonly SeenMessage[]>;
  remove(message: MessageRef): Promise<void>;
  close(): Promise<void>;
}

const about = { key: 'SHOP-1', gate: 'release', subject: `sha256:${'0'.repeat(64)}` };
const approve: CardAction = {
  decision: 'approve',
  label: 'Approve release',
  style: 'primary',
  about,
};
const reject: CardAction = { decision: 'reject', label: 'Reject', style: 'danger', about };
const hold: CardAction = {
  decision: 'hold',
  label: 'Hold',
  style: 'plain',
  about: { ...about, gate: null },
};

export function cardOf(text: string, actions: readonly CardAction[] = []): Card {
  return {
    title: 'Release SHOP-1?',
    parts: [{ kind: 'text', text }],
    actions,
    footer: 'hash 0000',
  };
}

/** Every promise of `ChatPort`. */
export function chatConformance(name: string, open: () => Promise<ChatFixture>): void {
  describe(`ChatPort: ${name}`, () => {
    let at: ChatFixture;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(async () => at.close());

    const seen = async ({ id }: MessageRef) => (await at.messages()).find((one) => one.id === id);

    test('the same marker is one message, and is not posted again', async () => {
      const before = (await at.messages()).length;
      const one = await at.chat.post({ marker: 'm/1', card: cardOf('one'), thread: null });
      expect(await at.chat.post({ marker: 'm/1', card: cardOf('one'), thread: null })).toEqual(one);
      const two = await at.chat.post({ marker: 'm/2', card: cardOf('one'), thread: null });
      expect(two).not.toEqual(one);
      expect(await at.messages()).toHaveLength(before + 2);
      expect((await seen(one))?.words).toMatch(/Release SHOP-1\?[^]*one[^]*hash 0000/);
    });

    test('an answer stands in its thread, once', async () => {
      const head = await at.chat.post({ marker: 'head', card: cardOf('head'), thread: null });
      const reply = await at.chat.post({ marker: 'reply', card: cardOf('reply'), thread: head });
      expect(await at.chat.post({ marker: 'reply', card: cardOf('reply'), thread: head })).toEqual(
        reply,
      );
      expect((await seen(reply))?.thread).toBe(head.id);
    });

    test('a marker is found behind many later messages', async () => {
      const first = await at.chat.post({ marker: 'old', card: cardOf('old'), thread: null });
      for (let n = 0; n < 210; n += 1) {
        await at.chat.post({ marker: `later/${n}`, card: cardOf(String(n)), thread: null });
      }
      expect(await at.chat.post({ marker: 'old', card: cardOf('old'), thread: null })).toEqual(
        first,
      );
    }, 60_000);

    test('a button hands back its decision and what it is about', async () => {
      const card = cardOf('decide', [approve, reject, hold]);
      const message = await at.chat.post({ marker: 'buttons', card, thread: null });
      const { buttons = [], words } = (await seen(message)) ?? {};
      expect(words).toContain('Approve release');
      expect(buttons.map(({ action }) => action)).toEqual([
        'approve:release',
        'reject:release',
        'hold',
      ]);
      expect(JSON.parse(buttons[0]?.value ?? '')).toEqual(about);
    });

    test('an update replaces text and buttons, and the marker is still found', async () => {
      const card = cardOf('decide', [approve]);
      const message = await at.chat.post({ marker: 'updated', card, thread: null });
      for (let n = 0; n < 2; n += 1) {
        await at.chat.update({ message, marker: 'updated', card: cardOf('decided') });
      }
      expect(await seen(message)).toMatchObject({
        buttons: [],
        words: expect.stringContaining('decided'),
      });
      expect(await at.chat.post({ marker: 'updated', card, thread: null })).toEqual(message);
    });

    test('a message that somebody deleted cannot be updated', async () => {
      const message = await at.chat.post({ marker: 'gone', card: cardOf('gone'), thread: null });
      await at.remove(message);
      await expect(
        at.chat.update({ message, marker: 'gone', card: cardOf('x') }),
      ).rejects.toMatchObject({ name: 'IntegrationError', kind: 'IntegrationRejected' });
    });

    test('what is too long is cut, not refused', async () => {
      const long = 'word '.repeat(4_000);
      const parts: Card['parts'] = [
        { kind: 'text', text: long },
        { kind: 'quote', text: long },
        { kind: 'list', items: Array.from({ length: 300 }, () => long) },
        ...Array.from({ length: 60 }, () => ({ kind: 'text', text: 'more' }) as const),
        { kind: 'text', text: '' },
      ];
      const actions = Array.from({ length: 3 }, (_, n) => ({
        ...approve,
        label: `${n}${long}`,
        about: { ...about, gate: `g${n}` },
      }));
      const card = { title: long, parts, actions, footer: long };
      const message = await at.chat.post({ marker: 'long', card, thread: null });
      expect(await seen(message)).toMatchObject({ buttons: [{}, {}, {}] });
    });

    test('a subject that does not fit into a button is refused', async () => {
      const big = { ...approve, about: { ...about, subject: 'x'.repeat(2_000) } };
      await expect(
        at.chat.post({ marker: 'big', card: cardOf('x', [big]), thread: null }),
      ).rejects.toMatchObject({ kind: 'IntegrationRejected' });
    });
  });
}
