import { z } from 'zod';
import { contentHash, packet } from '../../domain/packet.schema.ts';
import { CHANNELS, decisionRequest, ticketKey } from '../../domain/decision.schema.ts';
import { GATES, STAGES } from '../../domain/stages.ts';

/** The shapes of the HTTP API: public contracts. Times are ISO 8601, durations milliseconds. */
const iso = z.iso.datetime();
const packetRef = z.strictObject({ version: z.int(), hash: contentHash });

export const waitingShape = z.strictObject({
  for: z.string(),
  since: iso,
  because: z.string(),
  who: z.array(z.string()),
  sentence: z.string(),
});

export const ticketShape = z.strictObject({
  key: ticketKey,
  title: z.string(),
  stage: z.enum(STAGES),
  round: z.int(),
  outcome: z.enum(['stable', 'cancelled', 'abandoned']).nullable(),
  waiting: waitingShape.nullable(),
  packet: packetRef.nullable(),
  startedAt: iso,
  endedAt: iso.nullable(),
});

export const ticketsShape = z.strictObject({
  tickets: z.array(ticketShape),
  next: z.string().nullable(),
});

export const auditEntryShape = z.strictObject({
  sequence: z.int(),
  id: z.string(),
  at: iso,
  ticket: z.string().nullable(),
  kind: z.string(),
  actor: z.string(),
  text: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  previousHash: z.string(),
  hash: z.string(),
});

export const historyShape = z.strictObject({
  key: ticketKey,
  stages: z.array(
    z.strictObject({
      stage: z.enum(STAGES),
      round: z.int(),
      startedAt: iso,
      endedAt: iso.nullable(),
      workingMs: z.number(),
      waitingMs: z.number(),
    }),
  ),
  approvals: z.array(
    z.strictObject({
      gate: z.string(),
      by: z.string(),
      contentHash,
      channel: z.enum(CHANNELS),
      at: iso,
    }),
  ),
  rollouts: z.array(
    z.strictObject({
      round: z.int(),
      verdict: z.enum(['promoted', 'rolled-back']),
      steps: z.int(),
      ticks: z.int(),
      sentence: z.string(),
    }),
  ),
  openGate: z.strictObject({ gate: z.enum(GATES), subject: z.string() }).nullable(),
  questions: z.array(
    z.strictObject({
      id: z.string(),
      text: z.string(),
      askedAt: iso,
      answer: z.strictObject({ value: z.string(), by: z.string(), at: iso }).nullable(),
    }),
  ),
  entries: z.array(auditEntryShape),
  /** Give it back as `after`; null when these were the last. */
  next: z.int().nullable(),
});

/** `pending`: kept, but the workflow does not answer; it is told as soon as it does. */
export const receiptShape = z.strictObject({
  counted: z.boolean(),
  sentence: z.string(),
  pending: z.boolean(),
});

export const auditVerdictShape = z.strictObject({
  valid: z.boolean(),
  entries: z.int(),
  brokenAt: z.int().optional(),
  because: z.string().optional(),
});

export const problemShape = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
});

export const startRequest = z.strictObject({ key: ticketKey });
export const keyParams = z.object({ key: ticketKey });
export const packetParams = z.object({
  key: ticketKey,
  version: z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/, 'a version is a number from 1')
    .transform(Number),
});

const limit = (max: number) =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,5}$/, `1 to ${max}`)
    .transform(Number)
    .pipe(z.int().max(max));
export const ticketsQuery = z.strictObject({
  after: z.string().min(1).max(500).optional(),
  limit: limit(200).default(50),
  stage: z.enum(STAGES).optional(),
  open: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
});
const sequence = z
  .string()
  .regex(/^[0-9]{1,15}$/, 'the number of an audit entry')
  .transform(Number);
export const historyQuery = z.strictObject({
  after: sequence.default(0),
  limit: limit(1000).default(500),
});
export const eventsQuery = z.strictObject({
  after: sequence.optional(),
  ticket: ticketKey.optional(),
});
export const lastEventId = sequence;

export { decisionRequest, packet as packetShape };
export type TicketShape = z.infer<typeof ticketShape>;
export type HistoryShape = z.infer<typeof historyShape>;
export type AuditEntryShape = z.infer<typeof auditEntryShape>;
