import { z } from 'zod';
import { DECIDED_GATES } from './stages.ts';

/** `SHOP-142`: also keeps a key from traversing a path when it is put into a URL. */
export const ticketKey = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]+-[1-9][0-9]*$/, 'a ticket key looks like SHOP-142');

export const CHANNELS = ['slack', 'github', 'jira', 'cli', 'web'] as const;

const gate = z.enum(DECIDED_GATES);
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const decided = {
  /** Names this decision for ever: the delivery id of the channel it came through. */
  id: z.string().min(1).max(300),
  /** The deciding person's id in `people`. */
  by: z.string().min(1),
  channel: z.enum(CHANNELS),
};

/**
 * A person's decision, the same from every channel. `subject` is the content hash the person saw;
 * channels that cannot show one leave it out, and the gate that is open is meant.
 */
export const decision = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('approve'),
    ...decided,
    gate,
    subject: hash.optional(),
    reason: z.string().max(2000).optional(),
  }),
  z.strictObject({
    kind: z.literal('reject'),
    ...decided,
    gate,
    subject: hash.optional(),
    reason: z.string().min(1).max(2000),
  }),
  z.strictObject({ kind: z.literal('hold'), ...decided, reason: z.string().min(1).max(2000) }),
  z.strictObject({
    kind: z.literal('resume'),
    ...decided,
    reason: z.string().max(2000).optional(),
  }),
  z.strictObject({
    kind: z.literal('answer'),
    ...decided,
    question: z.string().min(1).max(100),
    value: z.string().min(1).max(4000),
  }),
  z.strictObject({
    kind: z.literal('rollback'),
    ...decided,
    reason: z.string().max(2000).optional(),
  }),
  z.strictObject({
    kind: z.literal('cancel'),
    ...decided,
    reason: z.string().max(2000).optional(),
  }),
]);
export type Decision = z.infer<typeof decision>;
export type Channel = (typeof CHANNELS)[number];

/** The body of `POST /api/tickets/:key/decisions`: the gateway fills in id, person and channel. */
export const decisionRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('approve'),
    gate,
    subject: hash.optional(),
    reason: z.string().max(2000).optional(),
  }),
  z.strictObject({
    kind: z.literal('reject'),
    gate,
    subject: hash.optional(),
    reason: z.string().min(1).max(2000),
  }),
  z.strictObject({ kind: z.literal('hold'), reason: z.string().min(1).max(2000) }),
  z.strictObject({ kind: z.literal('resume'), reason: z.string().max(2000).optional() }),
  z.strictObject({
    kind: z.literal('answer'),
    question: z.string().min(1).max(100),
    value: z.string().min(1).max(4000),
  }),
  z.strictObject({ kind: z.literal('rollback'), reason: z.string().max(2000).optional() }),
  z.strictObject({ kind: z.literal('cancel'), reason: z.string().max(2000).optional() }),
]);
export type DecisionRequest = z.infer<typeof decisionRequest>;

/** Whether a decision counted, and the sentence the person is told. */
export interface DecisionReceipt {
  readonly counted: boolean;
  readonly sentence: string;
}
