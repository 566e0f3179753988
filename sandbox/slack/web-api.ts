import type { HttpAnswer, HttpRequest } from '../http-server.ts';
import type { MethodContext, SlackMethods } from './method.ts';
import { chatMethods } from './chat-methods.ts';
import { conversationMethods } from './conversation-methods.ts';
import { readArguments, type CallArguments } from './request-arguments.ts';
import { SlackError } from './slack-error.ts';
import type { Triggers } from './triggers.ts';
import { userMethods } from './user-methods.ts';
import { viewMethods } from './views.ts';

export interface WebApiOptions extends MethodContext {
  readonly secrets: { readonly SLACK_BOT_TOKEN: string; readonly SLACK_APP_TOKEN: string };
  /** A fresh address for one socket-mode connection. */
  readonly socketUrl: () => string;
  readonly triggers: Triggers;
}

/** With this one token goes this one method, and with the other all the others. */
const APP_METHOD = 'apps.connections.open';
const MESSAGE_INTERVAL_MS = 1000;

/** `POST /api/<method>`, with a form or JSON. */
export function createWebApi(options: WebApiOptions): (request: HttpRequest) => HttpAnswer {
  const methods: SlackMethods = {
    ...chatMethods(options),
    ...conversationMethods(options),
    ...userMethods(options),
    ...viewMethods(options.workspace, options.triggers),
    [APP_METHOD]: () => ({ url: options.socketUrl() }),
    'api.test': () => ({}),
  };
  const isTooFast = createRateLimit();

  return (request) => {
    const { unavailable, rateLimit } = options.workspace.state.faults;
    if (unavailable) return { status: 503, body: 'Service Unavailable' };
    try {
      const call = readArguments(request);
      const name = request.params['method'] ?? '';
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (!method) throw new SlackError('unknown_method');
      authorise(name, request, call, options.secrets);
      if (rateLimit && name === 'chat.postMessage' && isTooFast(call.need('channel'))) {
        const headers = { 'retry-after': '1' };
        return { status: 429, headers, body: { ok: false, error: 'ratelimited' } };
      }
      return { status: 200, body: { ok: true, ...method(call) } };
    } catch (error) {
      if (error instanceof SlackError) return refusal(error);
      throw error;
    }
  };
}

function authorise(
  name: string,
  request: HttpRequest,
  call: CallArguments,
  { SLACK_APP_TOKEN: app, SLACK_BOT_TOKEN: bot }: WebApiOptions['secrets'],
): void {
  const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const token = bearer ?? call.text('token');
  if (token === undefined) throw new SlackError('not_authed');
  if (token !== app && token !== bot) throw new SlackError('invalid_auth');
  if ((name === APP_METHOD) !== (token === app)) throw new SlackError('not_allowed_token_type');
}

function refusal({ code, details }: SlackError): HttpAnswer {
  const metadata = details.length > 0 && {
    response_metadata: { messages: details.map((detail) => `[ERROR] ${detail}`) },
  };
  return { status: 200, body: { ok: false, error: code, ...metadata } };
}

function createRateLimit(): (channel: string) => boolean {
  const last = new Map<string, number>();
  return (channel) => {
    const now = Date.now();
    if (now - (last.get(channel) ?? 0) < MESSAGE_INTERVAL_MS) return true;
    last.set(channel, now);
    return false;
  };
}
