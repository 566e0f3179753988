import pg from 'pg';
import type { Notifier } from './notifier.ts';

interface Listener {
  readonly channel: string;
  readonly heard: (payload: string) => void;
  readonly missed: () => void;
}

const RECONNECT_MS = { first: 100, most: 5_000 };

/**
 * One connection of its own (a pool's would be lost with its session), opened at the first `listen`,
 * that comes back and listens again when it is lost.
 */
export function createPostgresNotifier(config: pg.ClientConfig): Notifier {
  return new PostgresNotifier(config);
}

class PostgresNotifier implements Notifier {
  readonly #config: pg.ClientConfig;
  readonly #listeners = new Set<Listener>();
  #client: Promise<pg.Client> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  async listen(channel: string, heard: Listener['heard'], missed: Listener['missed']) {
    if (this.#closed) throw new Error('the notifier is closed: connection ended');
    const listener = { channel, heard, missed };
    this.#listeners.add(listener);
    try {
      const client = await (this.#client ??= this.#connect());
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
    return async () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    const client = await this.#client?.catch(() => null);
    await client?.end();
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#config);
    client.on('notification', ({ channel, payload }) => {
      for (const listener of this.#listeners) {
        if (listener.channel === channel) listener.heard(payload ?? '');
      }
    });
    client.on('error', () => undefined); // 'end' follows and is where it comes back
    try {
      await client.connect();
    } catch (error) {
      this.#client = null;
      throw error;
    }
    client.on('end', () => {
      this.#client = null;
      this.#comeBack(RECONNECT_MS.first);
    });
    return client;
  }

  #comeBack(delayMs: number): void {
    if (this.#closed || this.#timer !== null || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#listenAgain(delayMs);
    }, delayMs);
    this.#timer.unref();
  }

  async #listenAgain(delayMs: number): Promise<void> {
    try {
      const client = await (this.#client ??= this.#connect());
      for (const channel of new Set([...this.#listeners].map((l) => l.channel))) {
        await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      }
    } catch {
      this.#comeBack(Math.min(delayMs * 2, RECONNECT_MS.most)); // the database is still away
      return;
    }
    for (const listener of this.#listeners) listener.missed();
  }
}
