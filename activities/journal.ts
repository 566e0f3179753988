import type { JournalWrite, Store } from '../store/port.ts';

export function createJournalActivities({ store }: { readonly store: Store }) {
  return {
    /** One transaction for read model and audit. Idempotent: an older revision and known entries change nothing. */
    async journal(write: JournalWrite): Promise<void> {
      await store.journal(write);
    },
  };
}
