import { App, LogLevel, SocketModeReceiver, type Receiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { press, reasonSubmission } from './interaction.schema.ts';
import type { Presses } from './presses.ts';
import { slackClientOptions } from './voice.ts';

interface BoltDeps {
  readonly apiUrl: string;
  readonly botToken: string;
  readonly presses: Presses;
  readonly log: Logger;
}

/** Takes what Bolt's receivers deliver, from the socket or from the signed route, to the same handlers. */
export function createBoltApp(
  { apiUrl, botToken, presses, log }: BoltDeps,
  receiver: Receiver,
): App {
  const app = new App({
    receiver,
    authorize: async () => ({ botToken }), // one workspace; spares the `auth.test` before the first press
    clientOptions: slackClientOptions(apiUrl),
    logger: boltLogger(log),
    logLevel: LogLevel.INFO,
    ignoreSelf: false,
    convoStore: false,
  });
  app.action(/.*/, async ({ body, ack }) => {
    const parsed = press.safeParse(body);
    if (parsed.success) await presses.press(parsed.data, () => ack());
    else await ack();
  });
  app.view(/.*/, async ({ body, ack }) => {
    const parsed = reasonSubmission.safeParse(body);
    if (!parsed.success) return ack();
    return presses.submit(parsed.data, (errors) =>
      errors === undefined ? ack() : ack({ response_action: 'errors', errors: { ...errors } }),
    );
  });
  app.error(async (error) => {
    log.warn({ reason: error.message }, 'a delivery of Slack was not handled');
  });
  return app;
}

/** For an app that is fed by the signed route alone. */
export function idleReceiver(): Receiver {
  return { init: () => undefined, start: async () => undefined, stop: async () => undefined };
}

/** Does not reconnect by itself: its own way waits five seconds and can end the process (an unhandled rejection when Slack refuses). */
export function socketReceiver(apiUrl: string, appToken: string, log: Logger): SocketModeReceiver {
  return new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: slackClientOptions(apiUrl) },
    logger: boltLogger(log),
  });
}

/** Bolt prints whole payloads at debug, so it stays at info whatever our level is. */
function boltLogger(log: Logger) {
  const say =
    (level: 'info' | 'warn' | 'error') =>
    (...parts: readonly unknown[]) =>
      log[level](
        parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' '),
      );
  return {
    debug: () => undefined,
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
