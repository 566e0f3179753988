import { cardOf, type Notice } from '../domain/cards.ts';
import type { Config } from '../domain/config.schema.ts';
import type { Packet } from '../domain/packet.schema.ts';
import type { Stage } from '../domain/stages.ts';
import type { TicketRow } from '../domain/ticket.ts';
import type { ChatPort, MessageRef } from '../integrations/chat/port.ts';
import type { TrackerPort } from '../integrations/tracker/port.ts';
import type { Store } from '../store/port.ts';
import { recordEffect } from './effects.ts';
import { loadPacket } from './packets.ts';

export interface NoticeInput {
  /** Makes the writing idempotent: the same marker is the same comment or message. */
  readonly marker: string;
  readonly notice: Notice;
  readonly ticket: TicketRow;
}

export interface NoticeDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly tracker: TrackerPort;
  readonly chat: ChatPort;
}

export type TicketStatus = Stage | 'start' | 'done';

export function createNoticeActivities({ config, store, tracker, chat }: NoticeDependencies) {
  const packetOf = async (ticket: TicketRow): Promise<Packet | null> =>
    ticket.packet === null ? null : loadPacket(store, ticket.packet.hash);
  const statusName = (status: TicketStatus): string | undefined => config.tracker.statuses[status];

  return {
    /** Idempotent: the marker is kept as a property of the comment. */
    async commentOnTicket({ marker, notice, ticket }: NoticeInput): Promise<void> {
      const card = cardOf(notice, ticket, await packetOf(ticket));
      const { id } = await tracker.comment({
        key: ticket.key,
        marker,
        card: { ...card, actions: [] },
      });
      await recordEffect(
        store,
        ticket.key,
        `jira/comment/${marker}`,
        `Jira comment written: ${card.title}`,
        { comment: id },
      );
    },

    /** Idempotent: a ticket that is there already is left alone, and so is one whose stage has no status of its own. */
    async moveTicket({
      key,
      status,
      marker,
    }: {
      readonly key: string;
      readonly status: TicketStatus;
      readonly marker: string;
    }): Promise<void> {
      const name = statusName(status);
      if (name === undefined) return;
      const { moved } = await tracker.transition({ key, status: name });
      if (moved)
        await recordEffect(store, key, `jira/status/${marker}`, `Jira ticket moved to ${name}`, {
          status: name,
        });
    },

    /** Whether the ticket stands in Jira where its stage says, was moved back by somebody, or stands elsewhere. A read. */
    async readTicketPosition({
      key,
      stage,
    }: {
      readonly key: string;
      readonly stage: Stage;
    }): Promise<{
      readonly position: 'as-expected' | 'moved-back' | 'ahead';
      readonly status: string;
    }> {
      const { status } = await tracker.readTicket({ key });
      const order: readonly TicketStatus[] = [
        'start',
        'spec',
        'code',
        'review',
        'verification',
        'canary',
        'monitoring',
        'done',
      ];
      const here = order.findIndex((s) => statusName(s) === status);
      const expected = order
        .slice(0, order.indexOf(stage) + 1)
        .findLast((s) => statusName(s) !== undefined);
      const wanted = expected === undefined ? -1 : order.indexOf(expected);
      if (here === wanted) return { position: 'as-expected', status };
      return { position: here < wanted ? 'moved-back' : 'ahead', status };
    },

    /** Idempotent: the marker is kept in the message's metadata. Answers where it stands. */
    async postMessage({
      marker,
      notice,
      ticket,
      thread,
    }: NoticeInput & { readonly thread: MessageRef | null }): Promise<MessageRef> {
      const card = cardOf(notice, ticket, await packetOf(ticket));
      const message = await chat.post({ marker, card, thread });
      await recordEffect(
        store,
        ticket.key,
        `slack/message/${marker}`,
        `Slack message posted: ${card.title}`,
        { message: message.id },
      );
      return message;
    },

    /** Idempotent: the message holds this text afterwards. */
    async updateMessage({
      marker,
      notice,
      ticket,
      message,
    }: NoticeInput & { readonly message: MessageRef }): Promise<void> {
      await chat.update({ message, marker, card: cardOf(notice, ticket, await packetOf(ticket)) });
    },
  };
}
