import { z } from 'zod';
import { ticketKey } from './decision.schema.ts';

const common = {
  /** Names this fact for ever: the delivery it came with, or what `reconcile` saw. */
  id: z.string().min(1).max(300),
};

/** Something a system said. A fact never decides anything: it makes the ticket look again. */
export const fact = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ticket-moved'),
    ...common,
    key: ticketKey,
    from: z.string(),
    to: z.string(),
    by: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('ticket-edited'), ...common, key: ticketKey }),
  z.strictObject({
    kind: z.literal('ci-finished'),
    ...common,
    key: ticketKey,
    repository: z.string(),
    commit: z.string(),
  }),
  z.strictObject({
    kind: z.literal('branch-pushed'),
    ...common,
    key: ticketKey,
    repository: z.string(),
    branch: z.string(),
    commit: z.string(),
  }),
  z.strictObject({
    kind: z.literal('pull-request-closed'),
    ...common,
    key: ticketKey,
    repository: z.string(),
    number: z.int(),
    merged: z.boolean(),
  }),
]);
export type Fact = z.infer<typeof fact>;
