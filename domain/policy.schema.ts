import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `90s`, `15m`, `72h`, `7d`; becomes milliseconds. */
export const duration = z
  .string()
  .regex(/^[0-9]+(ms|s|m|h|d)$/, 'a duration looks like 90s, 15m, 72h or 7d')
  .transform((text) => {
    const unit = text.replace(/[0-9]+/, '') as keyof typeof UNIT_MS;
    return Number.parseInt(text, 10) * UNIT_MS[unit];
  });

const perTier = (tier0: number, tier1: number, tier2: number, tier3: number) =>
  z
    .tuple([z.int().min(0), z.int().min(0), z.int().min(0), z.int().min(0)])
    .default([tier0, tier1, tier2, tier3]);

/**
 * What the gates demand and how long things may take. Every duration is an input of the workflows,
 * so that a scenario runs in seconds what production runs in hours.
 */
export const policy = z.strictObject({
  /** Approvals needed, by tier 0 to 3. */
  approvals: z
    .strictObject({
      spec: perTier(1, 1, 1, 1),
      review: perTier(1, 1, 1, 1),
      release: perTier(1, 1, 1, 2),
    })
    .prefault({}),
  /** How often a failed stage may hand back to `code` before a person decides. */
  maxRounds: z.int().min(1).max(20).default(3),
  reconcileEvery: duration.prefault('1m'),
  /** A deadline never approves: the ticket is held, and the people who can decide are asked again. */
  deadlines: z
    .strictObject({
      answers: duration.prefault('24h'),
      decision: duration.prefault('24h'),
      ci: duration.prefault('2h'),
      /** What rolls back when nobody answers an inconclusive canary. */
      inconclusive: duration.prefault('30m'),
    })
    .prefault({}),
  agent: z
    .strictObject({ timeout: duration.prefault('30m'), maxOutputBytes: z.int().default(5_000_000) })
    .prefault({}),
  verification: z
    .strictObject({
      suiteTimeout: duration.prefault('15m'),
      checkTimeout: duration.prefault('2m'),
      environmentTtl: duration.prefault('4h'),
    })
    .prefault({}),
  rollout: z
    .strictObject({
      weights: z
        .array(z.int().min(1).max(100))
        .min(1)
        .refine(
          (weights) => weights.every((w, i) => i === 0 || w > (weights[i - 1] ?? 0)),
          'weights must grow',
        )
        .default([5, 10, 25, 50]),
      tick: duration.prefault('1m'),
      minTicks: z.int().min(1).default(3),
      minRequests: z.int().min(1).default(100),
      maxTicks: z.int().min(1).default(45),
      maxErrorRate: z.number().min(0).max(1).default(0.01),
      errorRatio: z.number().min(1).default(1.5),
    })
    .prefault({}),
  soak: z
    .strictObject({
      duration: duration.prefault('72h'),
      tick: duration.prefault('5m'),
      maxErrorRate: z.number().min(0).max(1).default(0.01),
      minRequests: z.int().min(1).default(100),
    })
    .prefault({}),
  /** How code of others is contained: `bubblewrap` refuses to run without it. */
  isolation: z.enum(['bubblewrap', 'none']).default('bubblewrap'),
});
export type Policy = z.infer<typeof policy>;
