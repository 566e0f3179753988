import { randomUUID } from 'node:crypto';
import type { BlockAction, ButtonAction } from '@slack/bolt';
import type { Button } from '@slack/types';
import { setTimeout as pause } from 'node:timers/promises';
import { buttonsOf, type FoundButton } from './buttons.ts';
import { messageBody } from './representation.ts';
import { SlackError } from './slack-error.ts';
import type { Acknowledgement, Envelope } from './socket-mode.ts';
import { APP_ID, TEAM, type SlackMessage } from './state.ts';
import type { Triggers } from './triggers.ts';
import type { Workspace } from './workspace.ts';

export interface Press {
  /** The Slack user. */
  readonly user: string;
  readonly channel: string;
  readonly ts: string;
  /** One of the two says which button; a text may be its beginning. */
  readonly actionId?: string;
  readonly text?: string;
}

export interface PressOutcome {
  /** The app answered within 3 s. Otherwise the person sees a warning sign at the button. */
  readonly acknowledged: boolean;
}

export interface InteractionOptions {
  readonly workspace: Workspace;
  readonly baseUrl: () => string;
  readonly triggers: Triggers;
  /** Over the socket, or signed over HTTP. */
  readonly deliver: (envelope: Envelope) => Promise<Acknowledgement>;
}

/** Bolt's own type, but for `enterprise`, which Slack sends as null where there is none. */
type ButtonInteraction = Omit<BlockAction<ButtonAction>, 'enterprise'> & { enterprise: null };

const RESPONSE_URL_LIVES_MS = 30 * 60_000;

/** Presses a button as a person. Throws a `SlackError` when the person does not see that button. */
export async function press(options: InteractionOptions, what: Press): Promise<PressOutcome> {
  const { workspace, deliver } = options;
  const { duplicate = 0, delayMs = 0, dropRate = 0 } = workspace.state.faults;
  const message = visibleMessage(workspace, what);
  const payload = interaction(options, { what, message, found: findButton(message, what) });
  if (Math.random() < dropRate) return { acknowledged: false };
  if (delayMs > 0) await pause(delayMs);
  const { acknowledged } = await deliver({ type: 'interactive', payload });
  for (let n = 0; n < duplicate; n += 1) await deliver({ type: 'interactive', payload });
  return { acknowledged };
}

function visibleMessage(workspace: Workspace, { user, channel, ts }: Press): SlackMessage {
  if (!workspace.people.some((one) => !one.bot && one.slackUser === user)) {
    throw new SlackError('user_not_found');
  }
  const { id, with: only } = workspace.channel(channel);
  if (only !== undefined && only !== user) throw new SlackError('channel_not_found');
  return workspace.find(id, ts);
}

function findButton(message: SlackMessage, { actionId, text }: Press): FoundButton {
  const found = buttonsOf(message).find(({ button }) =>
    actionId === undefined
      ? text !== undefined && button.text.text.startsWith(text)
      : button.action_id === actionId,
  );
  if (!found) throw new SlackError('button_not_found');
  return found;
}

function interaction(
  { workspace, baseUrl, triggers }: InteractionOptions,
  {
    what: { user },
    message,
    found: { blockId, button },
  }: { readonly what: Press; readonly message: SlackMessage; readonly found: FoundButton },
): ButtonInteraction {
  const person = workspace.people.find(({ slackUser }) => slackUser === user);
  const { channel, ts } = message;
  const name = person?.id ?? user;
  const { value, style } = button;
  const action: ButtonAction & Pick<Button, 'style'> = {
    type: 'button',
    action_id: button.action_id ?? '',
    block_id: blockId,
    text: button.text,
    ...(value !== undefined && { value }),
    ...(style && { style }),
    action_ts: workspace.drawTs(),
  };
  return {
    type: 'block_actions',
    api_app_id: APP_ID,
    token: 'not-used',
    team: { ...TEAM },
    enterprise: null,
    is_enterprise_install: false,
    user: { id: user, username: name, name, team_id: TEAM.id },
    channel: { id: channel, name: workspace.channel(channel).name },
    container: {
      type: 'message',
      message_ts: ts,
      channel_id: channel,
      is_ephemeral: false,
      ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    },
    trigger_id: triggers.draw(user),
    response_url: drawResponseUrl(workspace, baseUrl(), { channel, ts, user }),
    message: messageBody(message, { metadata: true }),
    state: { values: {} },
    actions: [action],
  };
}

function drawResponseUrl(
  workspace: Workspace,
  baseUrl: string,
  about: { readonly channel: string; readonly ts: string; readonly user: string },
): string {
  const id = randomUUID();
  const now = Date.now();
  const urls = workspace.state.responseUrls;
  for (const [old, { expiresAt }] of Object.entries(urls)) {
    if (expiresAt < now) Reflect.deleteProperty(urls, old);
  }
  urls[id] = { ...about, expiresAt: now + RESPONSE_URL_LIVES_MS, uses: 0 };
  workspace.save();
  return `${baseUrl}/actions/${TEAM.id}/${id}`;
}
