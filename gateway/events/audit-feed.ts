import type { Logger } from 'pino';
import type { AuditEntry, Store } from '../../store/port.ts';

/** Something that happened was appended to the audit log: look. */
export type Wake = () => void;

/** One subscription to the store for every open stream of this process. */
export interface AuditFeed {
  /** Calls back after each commit, until the answer is called. */
  subscribe(wake: Wake): () => void;
  after(sequence: number, ticket: string | undefined): Promise<readonly AuditEntry[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const PAGE = 200;

export function createAuditFeed(
  store: Pick<Store, 'onAudit' | 'auditAfter'>,
  log: Logger,
): AuditFeed {
  const wakes = new Set<Wake>();
  let unsubscribe: (() => Promise<void>) | undefined;
  return {
    subscribe(wake) {
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
    after: (sequence, ticket) => store.auditAfter(sequence, PAGE, ticket),
    async start() {
      try {
        unsubscribe = await store.onAudit(() => {
          for (const wake of wakes) wake();
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown reason';
        log.warn({ reason }, 'no notice of new audit entries: streams look by themselves');
      }
    },
    async stop() {
      await unsubscribe?.();
    },
  };
}
