import type { SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';

/** Keeps one socket to Slack open until it is stopped. */
export interface SlackSocket {
  start(): void;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** @param onChange - told whether the socket is open */
export function createSlackSocket(
  { client }: Pick<SocketModeReceiver, 'client'>,
  log: Logger,
  onChange: (open: boolean) => void,
): SlackSocket {
  const stopping = new AbortController();
  const { signal } = stopping;
  const isStopping = () => signal.aborted;
  let running: Promise<void> | undefined;

  /** Resolves when the socket was open and has ended; rejects when it could not be opened. */
  async function connect(opened: () => void): Promise<void> {
    const attempt = new AbortController();
    const giveUp = () => attempt.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    const ended = nextEnd();
    try {
      const started = client.start();
      await Promise.race([started, tooSlow(attempt.signal)]).catch((error: unknown) => {
        started.then(() => client.disconnect()).catch(() => undefined); // in case it opens after all
        throw error;
      });
      opened();
      await Promise.race([ended.promise, aborted(attempt.signal)]);
    } finally {
      ended.forget();
      signal.removeEventListener('abort', giveUp);
      attempt.abort();
    }
  }

  function nextEnd() {
    let onEnd = (): void => undefined;
    const promise = new Promise<void>((resolve) => (onEnd = resolve));
    client.once('disconnected', onEnd);
    return { promise, forget: () => client.off('disconnected', onEnd) };
  }

  async function keepOpen(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!isStopping()) {
      try {
        await connect(() => {
          pauseMs = FIRST_PAUSE_MS;
          onChange(true);
        });
        if (!isStopping()) log.info('the socket to Slack was closed: opening it again');
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown reason';
        if (!isStopping()) log.warn({ reason }, 'the socket to Slack cannot be opened');
      }
      onChange(false);
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  return {
    start() {
      running ??= keepOpen();
    },
    async stop() {
      stopping.abort();
      await running;
      const patience = new AbortController();
      await Promise.race([client.disconnect(), pause(CLOSE_TIMEOUT_MS, patience.signal)]);
      patience.abort();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function tooSlow(signal: AbortSignal): Promise<never> {
  await pause(START_TIMEOUT_MS, signal);
  throw new Error(signal.aborted ? 'stopped' : 'Slack did not open the socket in time');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
