import type { Person } from '../directory.ts';
import { APP_ID, BOT_ID, TEAM, type Channel, type SlackMessage } from './state.ts';

/** A message as the Web API and interactions show it; metadata only to those who ask for it. */
export function messageBody(
  message: SlackMessage,
  { metadata, bot = 'U0BATON' }: { readonly metadata: boolean; readonly bot?: string },
) {
  const { ts, user, text, blocks, thread_ts, edited } = message;
  return {
    type: 'message' as const,
    ts,
    user,
    ...(user === bot && { bot_id: BOT_ID, app_id: APP_ID }),
    team: TEAM.id,
    text,
    ...(blocks && { blocks }),
    ...(thread_ts !== undefined && { thread_ts }),
    ...(edited && { edited }),
    ...(metadata && message.metadata && { metadata: message.metadata }),
  };
}

export function userBody(person: Person) {
  return {
    id: person.slackUser,
    team_id: TEAM.id,
    name: person.id,
    deleted: false,
    real_name: person.name,
    tz: 'Etc/UTC',
    tz_offset: 0,
    is_bot: person.bot,
    is_admin: false,
    profile: {
      email: person.email,
      real_name: person.name,
      display_name: person.id,
      team: TEAM.id,
    },
  };
}

export function channelBody(channel: Channel) {
  const direct = channel.with !== undefined;
  return {
    id: channel.id,
    is_channel: !direct,
    is_im: direct,
    is_private: direct,
    is_archived: false,
    is_member: true,
    created: 0,
    ...(direct ? { user: channel.with } : { name: channel.name, name_normalized: channel.name }),
  };
}
