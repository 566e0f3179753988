import type { MethodContext, SlackMethods } from './method.ts';
import { channelBody, messageBody } from './representation.ts';
import type { CallArguments } from './request-arguments.ts';
import { SlackError } from './slack-error.ts';
import { directChannelOf, type SlackMessage } from './state.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 999;

export function conversationMethods({ workspace }: MethodContext): SlackMethods {
  return {
    'conversations.history': (call) => {
      const channel = workspace.channel(call.need('channel')).id;
      const heads = workspace
        .messages(channel)
        .filter(({ ts, thread_ts: thread }) => thread === undefined || thread === ts);
      return page(call, heads.toReversed());
    },
    'conversations.replies': (call) => {
      const channel = workspace.channel(call.need('channel')).id;
      const head = call.need('ts');
      const thread = workspace
        .messages(channel)
        .filter(({ ts, thread_ts: parent }) => ts === head || parent === head);
      if (thread.length === 0) throw new SlackError('thread_not_found');
      return page(call, thread);
    },
    'conversations.info': (call) => ({
      channel: channelBody(workspace.channel(call.need('channel'))),
    }),
    'conversations.list': () => ({
      channels: Object.values(workspace.state.channels)
        .filter((channel) => channel.with === undefined)
        .map(channelBody),
      response_metadata: { next_cursor: '' },
    }),
    'conversations.open': (call) => {
      const user = call.need('users');
      const channel = workspace.state.channels[directChannelOf(user)];
      if (!channel) throw new SlackError('user_not_found');
      return { channel: channelBody(channel) };
    },
  };
}

/** `oldest` and `latest` are exclusive unless `inclusive`; a cursor says how many were read. */
function page(call: CallArguments, messages: readonly SlackMessage[]) {
  const oldest = call.text('oldest');
  const latest = call.text('latest');
  const inclusive = call.flag('inclusive');
  const limit = Math.min(Number(call.text('limit') ?? DEFAULT_LIMIT), MAX_LIMIT);
  const start = readCursor(call.text('cursor'));
  const inRange = messages.filter(
    ({ ts }) =>
      (oldest === undefined || ts > oldest || (inclusive && ts === oldest)) &&
      (latest === undefined || ts < latest || (inclusive && ts === latest)),
  );
  const end = start + limit;
  const more = end < inRange.length;
  const metadata = call.flag('include_all_metadata');
  return {
    messages: inRange.slice(start, end).map((message) => messageBody(message, { metadata })),
    has_more: more,
    response_metadata: { next_cursor: more ? Buffer.from(`next:${end}`).toString('base64') : '' },
  };
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, start] = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8')) ?? [];
  if (start === undefined) throw new SlackError('invalid_cursor');
  return Number(start);
}
