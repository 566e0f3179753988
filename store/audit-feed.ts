import type { Kysely } from 'kysely';
import { AUDIT_CHANNEL, readHead } from './audit.ts';
import type { Notifier } from './notifier.ts';
import type { Tables } from './tables.ts';

export interface AuditFeed {
  subscribe(callback: (sequence: number) => void): Promise<() => Promise<void>>;
}

/** One LISTEN of the engine for all who want to hear; after a lost connection everybody is told the newest sequence. */
export function createAuditFeed(db: Kysely<Tables>, notifier: Notifier): AuditFeed {
  const callbacks = new Set<(sequence: number) => void>();
  let listening: Promise<unknown> | null = null;

  const tell = (sequence: number): void => {
    // Apart from the engine's own work: a callback that throws is nobody's lost connection.
    for (const callback of callbacks) queueMicrotask(() => callback(sequence));
  };
  const catchUp = (): void => {
    // When this fails the connection is lost again, and its return brings us back here.
    readHead(db).then(
      (head) => tell(head.sequence),
      () => undefined,
    );
  };
  const listen = async (): Promise<void> => {
    await notifier.listen(AUDIT_CHANNEL, (payload) => tell(Number(payload)), catchUp);
  };

  return {
    async subscribe(callback) {
      try {
        await (listening ??= listen());
      } catch (error) {
        listening = null;
        throw error;
      }
      const own = (sequence: number): void => callback(sequence);
      callbacks.add(own);
      return async () => {
        callbacks.delete(own);
      };
    },
  };
}
