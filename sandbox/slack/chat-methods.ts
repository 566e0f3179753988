import type { Block, KnownBlock, MessageMetadata } from '@slack/types';
import { checkBlocks, checkMetadata, checkText } from './limits.ts';
import type { MethodContext, SlackMethods } from './method.ts';
import type { CallArguments } from './request-arguments.ts';
import { messageBody } from './representation.ts';
import { SlackError } from './slack-error.ts';
import type { SlackMessage } from './state.ts';

export interface Content {
  readonly text: string;
  readonly blocks?: (KnownBlock | Block)[];
  readonly metadata?: MessageMetadata;
}

/** Refuses what Slack would refuse. Empty blocks are none, as they are there. */
export function readContent(call: CallArguments): Content {
  const text = call.text('text') ?? '';
  const blocks = call.json('blocks');
  const metadata = call.json('metadata');
  checkText(text);
  if (blocks !== undefined) checkBlocks(blocks);
  if (metadata !== undefined) checkMetadata(metadata);
  const list = (blocks ?? []) as (KnownBlock | Block)[];
  if (text === '' && list.length === 0) throw new SlackError('no_text');
  return {
    text,
    ...(list.length > 0 && { blocks: list }),
    ...(metadata !== undefined && { metadata: metadata as MessageMetadata }),
  };
}

export function chatMethods({ workspace, bot }: MethodContext): SlackMethods {
  const own = (call: CallArguments, refusal: string): SlackMessage => {
    const message = workspace.find(workspace.channel(call.need('channel')).id, call.need('ts'));
    if (message.user !== bot) throw new SlackError(refusal);
    return message;
  };
  return {
    'chat.postMessage': (call) => {
      const channel = workspace.channel(call.need('channel')).id;
      const thread = call.text('thread_ts');
      const message = workspace.post({
        channel,
        user: bot,
        ...readContent(call),
        ...(thread !== undefined && { thread_ts: thread }),
      });
      return { channel, ts: message.ts, message: messageBody(message, { metadata: true }) };
    },
    'chat.update': (call) => {
      const message = own(call, 'cant_update_message');
      workspace.edit(message, { user: bot, ...readContent(call) });
      const { channel, ts, text } = message;
      return { channel, ts, text, message: messageBody(message, { metadata: true }) };
    },
    'chat.delete': (call) => {
      const message = own(call, 'cant_delete_message');
      workspace.remove(message);
      return { channel: message.channel, ts: message.ts };
    },
    'chat.postEphemeral': (call) => {
      const channel = workspace.channel(call.need('channel')).id;
      const user = call.need('user');
      if (!workspace.people.some((one) => one.slackUser === user)) {
        throw new SlackError('user_not_in_channel');
      }
      const content = readContent(call);
      const message = workspace.post({ channel, user: bot, ephemeralFor: user, ...content });
      return { message_ts: message.ts };
    },
    'chat.getPermalink': (call) => {
      const channel = workspace.channel(call.need('channel')).id;
      const { ts } = workspace.find(channel, call.need('message_ts'));
      const permalink = `https://shop.slack.com/archives/${channel}/p${ts.replace('.', '')}`;
      return { channel, permalink };
    },
  };
}
