import { looking } from './proxies.ts';

/** One look at everything no webhook may have told; started by a Temporal Schedule. */
export async function reconcile(): Promise<{ readonly started: number; readonly looked: number }> {
  return looking.reconcileTickets();
}
