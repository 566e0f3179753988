import { ErrorCode, type WebClient, type WebClientOptions } from '@slack/web-api';
import type { ModalView } from '@slack/types';

/** What the gateway itself says in Slack; the ticket's messages are the worker's. */
export interface SlackVoice {
  /** Only this person sees it, where they pressed. */
  whisper(
    to: { readonly channel: string; readonly user: string; readonly thread: string | null },
    sentence: string,
  ): Promise<void>;
  /** Opens a form; `triggerId` lives three seconds and once. False: this workspace has no forms. */
  open(triggerId: string, view: ModalView): Promise<boolean>;
}

/** Each call is tried once: what must not be lost goes through the workflow. */
export function slackClientOptions(apiUrl: string): WebClientOptions {
  return {
    slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
  };
}

export function createSlackVoice(client: WebClient): SlackVoice {
  return {
    async whisper({ channel, user, thread }, sentence) {
      const text = escapeMrkdwn(sentence);
      await client.chat.postEphemeral({
        channel,
        user,
        text,
        ...(thread === null ? {} : { thread_ts: thread }),
      });
    },
    async open(triggerId, view) {
      try {
        await client.views.open({ trigger_id: triggerId, view });
        return true;
      } catch (error) {
        if (isUnknownMethod(error)) return false;
        throw error;
      }
    },
  };
}

/** The three characters that Slack's text gives a meaning to (Slack: Formatting message text). */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function isUnknownMethod(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === ErrorCode.PlatformError) {
    const data = 'data' in error ? (error.data as { error?: unknown }) : {};
    return data.error === 'unknown_method';
  }
  return error.code === ErrorCode.HTTPError && 'statusCode' in error && error.statusCode === 404;
}
