import { randomUUID } from 'node:crypto';
import type { ViewOutput, ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { checkView } from './limits.ts';
import type { SlackMethods } from './method.ts';
import { SlackError } from './slack-error.ts';
import type { Envelope, Acknowledgement } from './socket-mode.ts';
import { APP_ID, BOT_ID, TEAM, type OpenView } from './state.ts';
import type { Triggers } from './triggers.ts';
import type { Workspace } from './workspace.ts';

export interface Submission {
  readonly user: string;
  readonly viewId: string;
  /** What was typed: block id, action id, text. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface SubmissionOutcome {
  readonly acknowledged: boolean;
  /** The form stays open: what the app says is wrong, by block id. */
  readonly errors?: unknown;
}

export function viewMethods(workspace: Workspace, triggers: Triggers): SlackMethods {
  return {
    'views.open': (call) => {
      const view = call.json('view');
      checkView(view);
      const user = triggers.exchange(call.need('trigger_id'));
      const open: OpenView = { id: `V${randomUUID()}`, user, view: view as ModalView };
      workspace.state.views[open.id] = open;
      workspace.save();
      return { view: viewBody(open, {}) };
    },
  };
}

/** Sends a form off as the person it was opened for. Accepted it is closed, like Slack's. */
export async function submit(
  deps: {
    readonly workspace: Workspace;
    readonly triggers: Triggers;
    readonly deliver: (envelope: Envelope) => Promise<Acknowledgement>;
  },
  { user, viewId, values }: Submission,
): Promise<SubmissionOutcome> {
  const { workspace, triggers, deliver } = deps;
  const open = workspace.state.views[viewId];
  if (open?.user !== user) throw new SlackError('view_not_found');
  const payload: Omit<ViewSubmitAction, 'enterprise'> & { enterprise: null } = {
    type: 'view_submission',
    api_app_id: APP_ID,
    token: 'not-used',
    team: { ...TEAM },
    enterprise: null,
    is_enterprise_install: false,
    user: { id: user, name: nameOf(workspace, user), team_id: TEAM.id },
    trigger_id: triggers.draw(user),
    view: viewBody(open, values),
    response_urls: [],
  };
  const { acknowledged, response } = await deliver({ type: 'interactive', payload });
  const errors = errorsIn(response);
  if (acknowledged && errors === undefined) {
    Reflect.deleteProperty(workspace.state.views, viewId);
    workspace.save();
  }
  return { acknowledged, ...(errors !== undefined && { errors }) };
}

function nameOf(workspace: Workspace, user: string): string {
  return workspace.people.find(({ slackUser }) => slackUser === user)?.id ?? user;
}

function viewBody({ id, view }: OpenView, values: Submission['values']): ViewOutput {
  const typed = Object.entries(values).map(([block, actions]) => [
    block,
    Object.fromEntries(
      Object.entries(actions).map(([action, value]) => [
        action,
        { type: 'plain_text_input', value },
      ]),
    ),
  ]);
  return {
    id,
    team_id: TEAM.id,
    app_id: APP_ID,
    bot_id: BOT_ID,
    type: 'modal',
    callback_id: view.callback_id ?? '',
    private_metadata: view.private_metadata ?? '',
    title: { ...view.title, emoji: true },
    close: view.close ? { ...view.close, emoji: true } : null,
    submit: view.submit ? { ...view.submit, emoji: true } : null,
    blocks: view.blocks,
    state: { values: Object.fromEntries(typed) as ViewOutput['state']['values'] },
    hash: id.slice(1, 9),
    root_view_id: id,
    previous_view_id: null,
    clear_on_close: false,
    notify_on_close: false,
  };
}

function errorsIn(response: unknown): unknown {
  if (typeof response !== 'object' || response === null) return undefined;
  const { response_action: action, errors } = response as Record<string, unknown>;
  return action === 'errors' ? errors : undefined;
}
