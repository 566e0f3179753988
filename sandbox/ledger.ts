import { randomUUID } from 'node:crypto';
import type { Effect, Effects } from './effects.ts';
import type { StateFile } from './state-file.ts';
import type { Webhooks } from './webhooks.ts';

/** The part of a stand-in's state that the ledger keeps. */
export interface LedgerState {
  sequence: number;
  effects: { readonly id: string; readonly kind: string; readonly key: string }[];
  webhooks: { readonly guid: string; readonly event: string; readonly payload: unknown }[];
}

export function emptyLedger(): LedgerState {
  return { sequence: 0, effects: [], webhooks: [] };
}

/**
 * Joins a change of state with what the outside sees of it: `commit` saves the state together with
 * the effects and webhooks noted since the last one, then writes them to the list and the outbox.
 * A kill in between is made good at the next start, and nothing is counted or sent twice by it.
 */
export interface Ledger {
  effect(kind: string, key: string): void;
  webhook(event: string, payload: unknown): void;
  commit(): void;
}

export function openLedger(options: {
  readonly system: Effect['system'];
  readonly state: StateFile<{ ledger: LedgerState }>;
  readonly effects: Effects;
  readonly webhooks: Pick<Webhooks, 'send'>;
}): Ledger {
  const { system, state, effects, webhooks } = options;
  const flush = () => {
    const { ledger } = state.value;
    for (const { id, kind, key } of ledger.effects) effects.record({ system, kind, key }, id);
    for (const { guid, event, payload } of ledger.webhooks) webhooks.send(event, payload, guid);
  };
  const clear = () => {
    const { ledger } = state.value;
    ledger.effects = [];
    ledger.webhooks = [];
  };
  flush();
  clear();
  return {
    effect: (kind, key) => {
      const { ledger } = state.value;
      ledger.sequence += 1;
      ledger.effects.push({ id: String(ledger.sequence), kind, key });
    },
    webhook: (event, payload) => {
      state.value.ledger.webhooks.push({ guid: randomUUID(), event, payload });
    },
    commit: () => {
      state.save();
      flush();
      clear(); // on disk they stay until the next save: flushing them again changes nothing
    },
  };
}
