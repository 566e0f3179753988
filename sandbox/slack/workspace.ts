import { createHash } from 'node:crypto';
import type { Block, KnownBlock, MessageMetadata } from '@slack/types';
import type { Person } from '../directory.ts';
import type { Ledger } from '../ledger.ts';
import type { StateFile } from '../state-file.ts';
import { SlackError } from './slack-error.ts';
import type { Channel, SlackMessage, SlackState } from './state.ts';

export interface Draft {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks?: (KnownBlock | Block)[];
  readonly metadata?: MessageMetadata;
  readonly thread_ts?: string;
  readonly ephemeralFor?: string;
}

/** The messages, and who hears of their changes. Everything is on disk when a method returns. */
export interface Workspace {
  readonly state: SlackState;
  readonly people: readonly Person[];
  save(): void;
  channel(id: string): Channel;
  /** Of a channel in the order of writing; ephemeral ones are left out. */
  messages(channel: string): readonly SlackMessage[];
  find(channel: string, ts: string): SlackMessage;
  post(draft: Draft): SlackMessage;
  edit(message: SlackMessage, change: Pick<Draft, 'user' | 'text' | 'blocks' | 'metadata'>): void;
  remove(message: SlackMessage): void;
  /** Called after each message that came, changed or went; until the answer is called. */
  onChange(listener: (message: SlackMessage) => void): () => void;
  /** The next timestamp: increasing, also over restarts. */
  drawTs(): string;
}

export function openWorkspace(options: {
  readonly state: StateFile<SlackState>;
  readonly ledger: Ledger;
  readonly people: readonly Person[];
}): Workspace {
  const { ledger, people } = options;
  const state = options.state.value;
  const listeners = new Set<(message: SlackMessage) => void>();
  const changed = (message: SlackMessage) => {
    ledger.commit();
    for (const listener of listeners) listener(message);
  };
  const drawTs = () => {
    state.lastTs = Math.max(state.lastTs + 1, Date.now() * 1000);
    return `${Math.floor(state.lastTs / 1e6)}.${String(state.lastTs % 1e6).padStart(6, '0')}`;
  };
  const isBot = (user: string) => people.some((one) => one.bot && one.slackUser === user);
  const messages = (channel: string) =>
    state.messages.filter((one) => one.channel === channel && one.ephemeralFor === undefined);

  return {
    state,
    people,
    drawTs,
    messages,
    save: () => ledger.commit(),
    channel: (id) => {
      const found = Object.values(state.channels).find((one) => one.id === id || one.name === id);
      if (!found) throw new SlackError('channel_not_found');
      return found;
    },
    find: (channel, ts) => {
      const found = messages(channel).find((message) => message.ts === ts);
      if (!found) throw new SlackError('message_not_found');
      return found;
    },
    post: (draft) => {
      const message: SlackMessage = { ...draft, ts: drawTs() };
      state.messages.push(message);
      if (isBot(draft.user) && draft.ephemeralFor === undefined) {
        ledger.effect('message', effectKey(message));
      }
      changed(message);
      return message;
    },
    edit: (message, { user, text, blocks, metadata }) => {
      message.text = text;
      if (blocks === undefined) delete message.blocks;
      else message.blocks = blocks;
      if (metadata !== undefined) message.metadata = metadata;
      message.edited = { user, ts: drawTs() };
      changed(message);
    },
    remove: (message) => {
      state.messages = state.messages.filter((one) => one !== message);
      if (isBot(message.user)) ledger.effect('message', `${effectKey(message)}/deleted`);
      changed({ ...message, text: '', blocks: [] });
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * The marker in the metadata when there is one, else the content, so that the same message written
 * twice is seen to be the same.
 */
function effectKey({ channel, text, thread_ts: thread = '', metadata }: SlackMessage): string {
  const marker = (metadata?.event_payload as Record<string, unknown> | undefined)?.['key'];
  const content = createHash('sha256').update(`${thread}\n${text}`).digest('hex').slice(0, 16);
  return `${channel}/message/${typeof marker === 'string' ? marker : content}`;
}
