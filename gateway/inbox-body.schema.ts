import { z } from 'zod';
import { decision, ticketKey } from '../domain/decision.schema.ts';
import { fact } from '../domain/fact.schema.ts';

/** Where a person is told that a decision did not count. */
export const answerTo = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('slack'),
    channel: z.string(),
    user: z.string(),
    thread: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('github'), repository: z.string(), number: z.int() }),
]);

/** A finished review of a pull request that carries a ticket's change. */
export const review = z.strictObject({
  /** Names the review for ever: the forge's own id of it. */
  id: z.string().min(1).max(300),
  key: ticketKey,
  repository: z.string(),
  number: z.int(),
  login: z.string(),
  state: z.enum(['approved', 'changes-requested']),
  commit: z.string(),
  /** The reviewer's words, redacted. */
  text: z.string().max(2000),
});

/** What the inbox keeps of a delivery: what handing it over needs, redacted, and nothing more. */
export const inboxBody = z.strictObject({
  items: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('fact'), fact }),
      z.strictObject({ kind: z.literal('review'), review }),
      z.strictObject({
        kind: z.literal('decision'),
        key: ticketKey,
        decision,
        answerTo: answerTo.nullable(),
      }),
    ]),
  ),
});

export type AnswerTo = z.infer<typeof answerTo>;
export type ForgeReview = z.infer<typeof review>;
export type InboxBody = z.infer<typeof inboxBody>;
export type InboxItem = InboxBody['items'][number];
