import { z } from 'zod';
import { ticketKey } from '../../domain/decision.schema.ts';

/** What a button carries: `DecisionSubject` of the cards, at most 2,000 characters. */
export const decisionSubject = z.strictObject({
  key: ticketKey,
  gate: z.string().max(40).nullable(),
  subject: z.string().max(100).nullable(),
});

export const DECISIONS = ['approve', 'reject', 'hold', 'resume', 'rollback', 'cancel'] as const;
const slackId = z.string().min(1).max(60);

/** The fields of Slack's `block_actions` that a press needs; the rest is dropped. */
export const press = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: slackId }),
  trigger_id: z.string().optional(),
  container: z.object({
    message_ts: slackId,
    channel_id: slackId,
    thread_ts: slackId.optional(),
  }),
  message: z.object({ thread_ts: slackId.optional() }).optional(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        action_ts: slackId,
        value: z.string().max(2000).optional(),
      }),
    )
    .min(1),
});
export type Press = z.infer<typeof press>;

/** What the form for a reason carries to its submission (`private_metadata`, at most 3,000 characters). */
export const reasonFor = z.strictObject({
  decision: z.enum(['reject', 'hold']),
  about: decisionSubject,
  channel: slackId,
  thread: slackId.nullable(),
});
export type ReasonFor = z.infer<typeof reasonFor>;

/** Slack's `view_submission` of that form. */
export const reasonSubmission = z.object({
  type: z.literal('view_submission'),
  user: z.object({ id: slackId }),
  view: z.object({
    id: slackId,
    callback_id: z.literal('reason'),
    private_metadata: z.string().max(3000),
    state: z.object({
      values: z.object({
        reason: z.object({ reason: z.object({ value: z.string().nullish() }) }),
      }),
    }),
  }),
});
export type ReasonSubmission = z.infer<typeof reasonSubmission>;
