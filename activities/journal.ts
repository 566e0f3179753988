import type { PacketRef } from '../domain/packet.schema.ts';
import type { JournalWrite, Store } from '../store/port.ts';

export interface EarlierLife {
  readonly round: number;
  readonly revision: number;
  readonly packet: PacketRef | null;
}

export function createJournalActivities({ store }: { readonly store: Store }) {
  return {
    /** What an ended life of the ticket has left; `null` when this is its first. A read. */
    async readEarlierLife({ key }: { readonly key: string }): Promise<EarlierLife | null> {
      const row = await store.readTicket(key);
      if (row?.outcome == null) return null;
      return { round: row.round, revision: row.revision, packet: row.packet };
    },

    /** One transaction for read model and audit. Idempotent: an older revision and known entries change nothing. */
    async journal(write: JournalWrite): Promise<void> {
      await store.journal(write);
    },
  };
}
