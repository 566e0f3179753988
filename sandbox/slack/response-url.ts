import type { HttpAnswer, HttpRequest } from '../http-server.ts';
import { readContent } from './chat-methods.ts';
import { readArguments } from './request-arguments.ts';
import { SlackError } from './slack-error.ts';
import type { ResponseUrl } from './state.ts';
import type { Workspace } from './workspace.ts';

const MAX_USES = 5;

/**
 * What an app posts to an interaction's `response_url`: an answer only the person sees, one for all
 * (`response_type: in_channel`), or the message's replacement or removal. Five times in half an hour.
 */
export function answerResponseUrl(
  workspace: Workspace,
  bot: string,
  request: HttpRequest,
): HttpAnswer {
  const url = workspace.state.responseUrls[request.params['id'] ?? ''];
  if (!url || url.expiresAt < Date.now()) return { status: 404, body: 'expired_url' };
  if (url.uses >= MAX_USES) return { status: 404, body: 'used_url' };
  try {
    answer(workspace, bot, { request, url });
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { status: 400, body: error.code };
  }
  url.uses += 1;
  workspace.save();
  return { status: 200, body: 'ok' };
}

function answer(
  workspace: Workspace,
  bot: string,
  { request, url }: { readonly request: HttpRequest; readonly url: ResponseUrl },
): void {
  const call = readArguments(request);
  const { channel, ts, user } = url;
  if (call.flag('delete_original')) {
    workspace.remove(workspace.find(channel, ts));
    return;
  }
  const content = readContent(call);
  if (call.flag('replace_original')) {
    workspace.edit(workspace.find(channel, ts), { user: bot, ...content });
    return;
  }
  const forAll = call.text('response_type') === 'in_channel';
  const thread = call.text('thread_ts');
  workspace.post({
    channel,
    user: bot,
    ...content,
    ...(thread !== undefined && { thread_ts: thread }),
    ...(!forAll && { ephemeralFor: user }),
  });
}
