/** The six stages, in the order in which every ticket passes them. */
export const STAGES = ['spec', 'code', 'review', 'verification', 'canary', 'monitoring'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * A gate is named by the stage it closes; `release` stands between verification and canary and is
 * the one gate that is nothing but a person's decision. Waiting at it counts to `verification`.
 */
export const GATES = [
  'spec',
  'code',
  'review',
  'verification',
  'release',
  'canary',
  'monitoring',
] as const;
export type Gate = (typeof GATES)[number];

/** The gates that need people, and therefore the only ones a decision can name. */
export const DECIDED_GATES = ['spec', 'review', 'release'] as const;
export type DecidedGate = (typeof DECIDED_GATES)[number];

export function stageAfter(stage: Stage): Stage | null {
  return STAGES[STAGES.indexOf(stage) + 1] ?? null;
}

/** The stage whose end a gate guards. */
export function stageOf(gate: Gate): Stage {
  return gate === 'release' ? 'verification' : gate;
}

/** True when `gate` lies behind a ticket that is in `stage` (so a decision about it comes too late). */
export function isBehind(gate: Gate, stage: Stage): boolean {
  return STAGES.indexOf(stageOf(gate)) < STAGES.indexOf(stage);
}
