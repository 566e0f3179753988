import type { Approval, Evidence } from './packet.schema.ts';
import type { Gate } from './stages.ts';

export interface GateState {
  readonly gate: Gate;
  /** The content hash that evidence and approvals are about. */
  readonly subject: string;
  readonly openedAt: number;
  /** When people are asked again and the ticket is held; null for a gate without people. */
  readonly deadlineAt: number | null;
  readonly requiredApprovals: number;
  /** People's ids that may approve; nobody in it is the requester or an author. */
  readonly eligible: readonly string[];
  /** Checks that must have positive evidence before the gate opens; without a single one it never does. */
  readonly evidence: readonly Pick<Evidence, 'id' | 'result' | 'sentence'>[];
  /** Checks somebody else still runs, by name. */
  readonly pending: readonly string[];
  readonly approvals: readonly Approval[];
}

/** One reason why a gate is shut. */
export type Missing =
  | { readonly kind: 'evidence'; readonly sentence: string }
  | { readonly kind: 'pending'; readonly checks: readonly string[] }
  | { readonly kind: 'approvals'; readonly count: number; readonly who: readonly string[] };

/**
 * The gate predicate: what is missing before the gate opens, and nothing else anywhere decides it.
 * An empty list is the only pass. `not-run`, `inconclusive` and no evidence at all are never one.
 */
export function missingFor(gate: GateState): readonly Missing[] {
  const missing: Missing[] = [];
  if (gate.pending.length > 0) missing.push({ kind: 'pending', checks: gate.pending });
  if (gate.evidence.length === 0 && gate.pending.length === 0 && !isAskedOnly(gate.gate)) {
    missing.push({ kind: 'evidence', sentence: 'no check was executed' });
  }
  for (const item of gate.evidence) {
    if (item.result !== 'passed') {
      missing.push({
        kind: 'evidence',
        sentence: `${item.id} ${worded[item.result]}: ${item.sentence}`,
      });
    }
  }
  const counted = new Set(
    gate.approvals
      .filter((a) => a.contentHash === gate.subject && gate.eligible.includes(a.by))
      .map((a) => a.by),
  );
  const count = gate.requiredApprovals - counted.size;
  if (count > 0) {
    missing.push({ kind: 'approvals', count, who: gate.eligible.filter((id) => !counted.has(id)) });
  }
  return missing;
}

/** These two are nothing but a person's decision about a sealed packet, whose contract is the evidence. */
const isAskedOnly = (gate: Gate): boolean => gate === 'spec' || gate === 'release';

const worded = {
  failed: 'failed',
  inconclusive: 'was inconclusive',
  'not-run': 'did not run',
} as const;
