import type { Block, KnownBlock, MessageMetadata, ModalView } from '@slack/types';
import type { Person } from '../directory.ts';
import { emptyLedger, type LedgerState } from '../ledger.ts';

export const TEAM = { id: 'T0SHOP', domain: 'shop' } as const;
export const APP_ID = 'A0BATON';
export const BOT_ID = 'B0BATON';
/** The channel `#shop-dev`. */
export const CHANNEL_ID = 'C0SHOPDEV';

export interface SlackMessage {
  readonly channel: string;
  /** Unique in its channel, increasing: the message's name. */
  readonly ts: string;
  readonly user: string;
  readonly thread_ts?: string;
  /** The only person who sees it; such a message cannot be found again. */
  readonly ephemeralFor?: string;
  text: string;
  blocks?: (KnownBlock | Block)[];
  metadata?: MessageMetadata;
  edited?: { readonly user: string; readonly ts: string };
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  /** A direct message's person; the channel's members are everybody otherwise. */
  readonly with?: string;
}

/** What a person's press lets the app do with the message, for half an hour and five times. */
export interface ResponseUrl {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  readonly expiresAt: number;
  uses: number;
}

/** A form that a person has before them. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly view: ModalView;
}

export interface SlackFaults {
  /** How many times more each interaction is sent. */
  readonly duplicate?: number;
  readonly delayMs?: number;
  /** Share of the interactions that never arrive, 0 to 1. */
  readonly dropRate?: number;
  /** About one message a second and channel, as Slack says; otherwise any burst is taken. */
  readonly rateLimit?: boolean;
  /** The Web API answers 503. */
  readonly unavailable?: boolean;
}

export type Interactivity = 'socket' | 'http';

export interface SlackState {
  readonly ledger: LedgerState;
  lastTs: number;
  readonly channels: Record<string, Channel>;
  messages: SlackMessage[];
  readonly responseUrls: Record<string, ResponseUrl>;
  readonly views: Record<string, OpenView>;
  faults: SlackFaults;
  interactivity: Interactivity;
}

export function initialSlackState(people: readonly Person[]): SlackState {
  const direct = people
    .filter(({ bot }) => !bot)
    .map(({ slackUser }): Channel => {
      const id = directChannelOf(slackUser);
      return { id, name: 'directmessage', with: slackUser };
    });
  const all = [{ id: CHANNEL_ID, name: 'shop-dev' }, ...direct];
  return {
    ledger: emptyLedger(),
    lastTs: 0,
    channels: Object.fromEntries(all.map((channel) => [channel.id, channel])),
    messages: [],
    responseUrls: {},
    views: {},
    faults: {},
    interactivity: 'socket',
  };
}

export function directChannelOf(user: string): string {
  return `D${user.slice(1)}`;
}
