import type { MessageMetadata } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { nonsense } from '../http-failure.ts';
import { toBlockKit } from './block-kit.ts';
import type { ChatPort, MessageRef } from './port.ts';
import { callSlack, connectSlack, type SlackConnection } from './slack-client.ts';

export interface SlackChatOptions extends SlackConnection {
  /** The channel's id. */
  readonly channel: string;
}

const EVENT_TYPE = 'baton';
const MAX_PAGES = 10;

const posted = z.object({ ts: z.string(), channel: z.string() });
const history = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({
          event_type: z.string(),
          event_payload: z.object({ key: z.unknown() }).optional(),
        })
        .optional()
        .catch(undefined),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** `ChatPort` over Slack's Web API. A message's marker is its metadata: type `baton`, payload `{ key }`. */
export function createSlackChat(options: SlackChatOptions): ChatPort {
  return {
    async post({ marker, card, thread, signal }) {
      const slack = connectSlack(options, signal);
      const content = toBlockKit(card);
      const channel = thread?.channel ?? options.channel;
      const found = await callSlack('looking for a message', signal, () =>
        findMessage(slack, { channel, thread, marker }),
      );
      if (found !== null) return found;
      const answer = await callSlack('posting a message', signal, () =>
        slack.chat.postMessage({
          channel,
          ...content,
          ...QUIET,
          metadata: metadata(marker),
          ...(thread === null ? {} : { thread_ts: thread.id }),
        }),
      );
      const { ts: id, channel: where } = understand('posting a message', answer, posted);
      return { channel: where, id };
    },
    async update({ message, marker, card, signal }) {
      const slack = connectSlack(options, signal);
      const { text, blocks } = toBlockKit(card);
      const { channel, id: ts } = message;
      await callSlack('updating a message', signal, () =>
        slack.chat.update({ channel, ts, text, blocks, metadata: metadata(marker) }),
      );
    },
  };
}

/** Slack makes nothing of the text by itself: no mention, no preview. */
const QUIET = {
  parse: 'none',
  link_names: false,
  unfurl_links: false,
  unfurl_media: false,
} as const;

function metadata(marker: string): MessageMetadata {
  return { event_type: EVENT_TYPE, event_payload: { key: marker } };
}

/** The newest first: a retry looks for what was written a moment ago. */
async function findMessage(
  slack: WebClient,
  { channel, thread, marker }: { channel: string; thread: MessageRef | null; marker: string },
): Promise<MessageRef | null> {
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const place = {
      channel,
      limit: 200,
      include_all_metadata: true,
      ...(cursor ? { cursor } : {}),
    };
    const answer =
      thread === null
        ? await slack.conversations.history(place)
        : await slack.conversations.replies({ ...place, ts: thread.id });
    const { messages, response_metadata: more } = understand(
      'looking for a message',
      answer,
      history,
    );
    const own = messages.find(
      (one) =>
        one.metadata?.event_type === EVENT_TYPE && one.metadata.event_payload?.key === marker,
    );
    if (own !== undefined) return { channel, id: own.ts };
    cursor = more?.next_cursor;
    if (!cursor) return null;
  }
  return null;
}

function understand<S extends z.ZodType>(
  attempted: string,
  answer: unknown,
  schema: S,
): z.infer<S> {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw nonsense('slack', attempted);
  return parsed.data;
}
