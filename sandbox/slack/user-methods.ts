import type { MethodContext, SlackMethods } from './method.ts';
import { userBody } from './representation.ts';
import { SlackError } from './slack-error.ts';
import { BOT_ID, TEAM } from './state.ts';

export function userMethods({ workspace, bot }: MethodContext): SlackMethods {
  return {
    'auth.test': () => ({
      url: 'https://shop.slack.com/',
      team: 'Shop',
      team_id: TEAM.id,
      user: 'baton',
      user_id: bot,
      bot_id: BOT_ID,
      is_enterprise_install: false,
    }),
    'users.info': (call) => {
      const user = call.need('user');
      const person = workspace.people.find(({ slackUser }) => slackUser === user);
      if (!person) throw new SlackError('user_not_found');
      return { user: userBody(person) };
    },
    'users.lookupByEmail': (call) => {
      const email = call.need('email').toLowerCase();
      const person = workspace.people.find((one) => one.email === email);
      if (!person) throw new SlackError('users_not_found');
      return { user: userBody(person) };
    },
    'users.list': () => ({
      members: workspace.people.map(userBody),
      response_metadata: { next_cursor: '' },
    }),
  };
}
