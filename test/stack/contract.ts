import { z } from 'zod';

/** The shapes that scripts depend on, written down here once more and on purpose: what is promised, not what is done. */
export const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const time = z.iso.datetime();
const packetRef = z.strictObject({ version: z.int().positive(), hash });
const stage = z.enum(['spec', 'code', 'review', 'verification', 'canary', 'monitoring']);

export const sandboxReady = z.strictObject({
  ready: z.literal(true),
  jira: z.url(),
  github: z.url(),
  slack: z.url(),
  config: z.string(),
  secrets: z.string(),
});

export const upReady = z.strictObject({
  ready: z.literal(true),
  url: z.url(),
  temporal: z.string().regex(/^[^:]+:[0-9]+$/),
  pid: z.int().positive(),
});

export const ticket = z.strictObject({
  key: z.string(),
  title: z.string(),
  stage,
  round: z.int().positive(),
  outcome: z.enum(['stable', 'cancelled', 'abandoned']).nullable(),
  waiting: z
    .strictObject({
      for: z.string().min(1),
      since: time,
      because: z.string().min(1),
      who: z.array(z.string()),
      sentence: z.string().min(1),
    })
    .nullable(),
  packet: packetRef.nullable(),
  startedAt: time,
  endedAt: time.nullable(),
});
export type Ticket = z.infer<typeof ticket>;

export const tickets = z.strictObject({
  tickets: z.array(ticket.partial({ waiting: true, packet: true })),
  next: z.string().nullable(),
});

export const effects = z.array(
  z.strictObject({
    system: z.enum(['jira', 'github', 'slack', 'cluster']),
    kind: z.string().min(1),
    key: z.string().min(1),
    count: z.int().positive(),
  }),
);
export type Effects = z.infer<typeof effects>;

export const stageInterval = z.strictObject({
  stage,
  round: z.int().positive(),
  startedAt: time,
  endedAt: time.nullable(),
  workingMs: z.number().nonnegative(),
  waitingMs: z.number().nonnegative(),
});
export type StageInterval = z.infer<typeof stageInterval>;

export const demo = z.strictObject({
  scenario: z.string(),
  ok: z.boolean(),
  tickets: z.array(
    z.strictObject({
      key: z.string(),
      outcome: z.enum(['stable', 'cancelled', 'abandoned']).nullable(),
      stages: z.array(stageInterval),
      packet: packetRef,
      approvals: z.array(
        z.strictObject({
          gate: z.enum(['spec', 'review', 'release']),
          by: z.string(),
          contentHash: hash,
          channel: z.string(),
        }),
      ),
      rollouts: z.array(
        z.strictObject({
          round: z.int().positive(),
          verdict: z.string(),
          steps: z.int(),
          ticks: z.int(),
        }),
      ),
      effects,
      historyEvents: z.int().positive(),
    }),
  ),
  audit: z.strictObject({ entries: z.int().positive(), valid: z.boolean() }),
});

/** The one line that a command printed, parsed; throws when there is more or less on its stdout. */
export function onlyLine<T>(out: string, shape: z.ZodType<T>): T {
  const lines = out.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not exactly one line: ${out}`);
  return shape.parse(JSON.parse(lines[0] ?? ''));
}
