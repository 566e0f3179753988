import { z } from 'zod';
import { STAGES, type Stage } from './stages.ts';

/** `sha256:` and 64 hexadecimal digits. */
export const contentHash = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const iso = z.iso.datetime();
const tier = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);

export const criterion = z.strictObject({
  id: z.string().regex(/^AC-[1-9][0-9]*$/),
  title: z.string().min(1),
  given: z.array(z.string().min(1)).min(1),
  when: z.array(z.string().min(1)).min(1),
  then: z.array(z.string().min(1)).min(1),
});

export const evidence = z.strictObject({
  /** Unique within a stage and round: `suite/checkout`, `criterion/AC-1`. */
  id: z.string().min(1),
  what: z.string().min(1),
  layer: z.enum(['intent', 'constraints', 'verification', 'operation', 'accountability']),
  result: z.enum(['passed', 'failed', 'inconclusive', 'not-run']),
  /** One sentence for a person. */
  sentence: z.string(),
  /** The criterion this check was executed for. */
  criterion: z.string().optional(),
  /** The stored output. `null` when there was nothing to store, as for `not-run`. */
  artifact: contentHash.nullable(),
  durationMs: z.number().nonnegative(),
});

export const approval = z.strictObject({
  gate: z.enum(['spec', 'review', 'release']),
  by: z.string(),
  contentHash,
  channel: z.enum(['slack', 'github', 'jira', 'cli', 'web']),
  at: iso,
});

export const change = z.strictObject({
  repository: z.string(),
  service: z.string(),
  branch: z.string(),
  baseCommit: z.string(),
  headCommit: z.string(),
  pullRequest: z.strictObject({ number: z.int(), url: z.string() }),
  files: z.array(z.string()),
  insertions: z.int(),
  deletions: z.int(),
  /** People's ids (or, for somebody unknown, the e-mail) of every author and committer. */
  authors: z.array(z.string()),
  evidence: z.array(evidence),
});

export const release = z.strictObject({
  service: z.string(),
  repository: z.string(),
  commit: z.string(),
  configHash: z.string(),
  flags: z.record(z.string(), z.boolean()),
  secrets: z.record(z.string(), z.string()),
  schemaPhase: z.string(),
});

export const rolloutRecord = z.strictObject({
  round: z.int(),
  verdict: z.enum(['promoted', 'rolled-back']),
  sentence: z.string(),
  steps: z.int(),
  ticks: z.int(),
  restored: z.array(evidence),
});

/** Where an item came from and how far it may be trusted: words of others are data only. */
export const source = z.strictObject({
  id: z.string(),
  kind: z.enum(['ticket', 'instructions', 'catalog']),
  url: z.string(),
  fetchedAt: iso,
  hash: contentHash,
  trust: z.enum(['operator', 'untrusted']),
});

/**
 * The handoff packet: what one stage gives the next. Immutable; a later version holds everything the
 * earlier ones held. Its address is the SHA-256 of its canonical JSON (RFC 8785).
 */
export const packet = z.strictObject({
  format: z.literal('baton-packet/1'),
  ticket: z.strictObject({ key: z.string(), title: z.string(), url: z.string() }),
  version: z.int().positive(),
  previous: contentHash.nullable(),
  /** The stage that sealed it. */
  stage: z.enum(STAGES),
  round: z.int().positive(),
  sealedAt: iso,
  requester: z.string(),
  intent: z.strictObject({
    goal: z.string().min(1),
    user: z.string().min(1),
    why: z.string().min(1),
  }),
  constraints: z.array(z.string()),
  criteria: z.array(criterion).min(1),
  /** What was not asked and is taken as given, each with its owner. */
  assumptions: z.array(z.strictObject({ statement: z.string(), owner: z.string() })),
  tier: z.strictObject({ value: tier, reasons: z.array(z.string()).min(1) }),
  services: z.array(z.strictObject({ name: z.string(), repository: z.string() })).min(1),
  sources: z.array(source),
  approvals: z.array(approval),
  /** What earlier rounds learnt: the reason of each hand-back, with its evidence. */
  handBacks: z.array(
    z.strictObject({
      round: z.int(),
      from: z.enum(STAGES),
      reason: z.string(),
      evidence: z.array(evidence),
    }),
  ),
  changes: z.array(change),
  review: z.array(evidence),
  verification: z
    .strictObject({ evidence: z.array(evidence), rollbackMs: z.number().nullable() })
    .nullable(),
  /** What production ran before the rollout: the way back, and what is to be released. */
  release: z.strictObject({ before: z.array(release), after: z.array(release) }).nullable(),
  rollouts: z.array(rolloutRecord),
  soak: z.strictObject({ evidence: z.array(evidence) }).nullable(),
});

export type Criterion = z.infer<typeof criterion>;
export type Evidence = z.infer<typeof evidence>;
export type EvidenceResult = Evidence['result'];
export type Approval = z.infer<typeof approval>;
export type Change = z.infer<typeof change>;
export type RolloutRecord = z.infer<typeof rolloutRecord>;
export type Source = z.infer<typeof source>;
export type Packet = z.infer<typeof packet>;
export interface PacketRef {
  readonly version: number;
  readonly hash: string;
}

const passed = evidence.extend({ result: z.literal('passed') });
const checked = z.array(evidence).min(1);

/** What each stage must have put into the packet before the next one starts (row "adds to the packet"). */
export const handoffs: Record<Stage, z.ZodType<Packet>> = {
  spec: packet,
  code: packet.extend({ changes: z.array(change.extend({ evidence: checked })).min(1) }),
  review: packet.extend({
    changes: z.array(change).min(1),
    review: checked.refine(allPassed, 'review: every check must have passed'),
  }),
  verification: packet
    .extend({
      verification: z.strictObject({
        evidence: z.array(passed).min(1),
        rollbackMs: z.number().nonnegative(),
      }),
      release: z.strictObject({ before: z.array(release).min(1), after: z.array(release).min(1) }),
    })
    .refine(everyCriterionProved, {
      error: (issue) =>
        `verification: no executed check for ${unproved(issue.input as Packet).join(', ')}`,
    }),
  canary: packet.extend({
    rollouts: z
      .array(rolloutRecord)
      .min(1)
      .refine(
        (r) => r.at(-1)?.verdict === 'promoted',
        'canary: the last rollout must have been promoted',
      ),
  }),
  monitoring: packet.extend({ soak: z.strictObject({ evidence: z.array(passed).min(1) }) }),
};

function allPassed(list: readonly Evidence[]): boolean {
  return list.every((item) => item.result === 'passed');
}

function unproved(value: Packet): string[] {
  const proved = new Set(
    value.verification?.evidence.filter((e) => e.result === 'passed').map((e) => e.criterion),
  );
  return value.criteria.map((c) => c.id).filter((id) => !proved.has(id));
}

function everyCriterionProved(value: Packet): boolean {
  return unproved(value).length === 0;
}
