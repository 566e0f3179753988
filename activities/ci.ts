import type { Evidence } from '../domain/packet.schema.ts';
import type { ChangeRef } from '../domain/ticket.ts';
import type { CiPort } from '../integrations/ci/port.ts';
import type { Store } from '../store/port.ts';
import { recordEffect } from './effects.ts';

export interface CiEvidence {
  readonly evidence: readonly Evidence[];
  /** Repositories whose CI has not said anything final. */
  readonly pending: readonly string[];
}

export function createCiActivities({ ci, store }: { readonly ci: CiPort; readonly store: Store }) {
  return {
    /** What CI says about the head commits. A read; nothing started and nothing ended is pending, never a pass. */
    async readCi({
      key,
      changes,
    }: {
      readonly key: string;
      readonly changes: readonly ChangeRef[];
    }): Promise<CiEvidence> {
      const evidence: Evidence[] = [];
      const pending: string[] = [];
      for (const { repository, headCommit } of changes) {
        const reading = await ci.readChecks({ repository, commit: headCommit });
        if (reading.state === 'pending' || reading.state === 'none') {
          pending.push(`CI of ${repository}`);
          continue;
        }
        const passed = reading.state === 'passed';
        const names = reading.checks.map((c) => `${c.name} ${c.state}`).join(', ');
        const log = reading.checks.map((c) => `${c.name}: ${c.state}\n${c.summary}`).join('\n\n');
        evidence.push({
          id: `ci/${repository}`,
          what: `CI of ${repository} on ${headCommit.slice(0, 8)}`,
          layer: 'verification',
          result: passed ? 'passed' : 'failed',
          sentence: names,
          artifact: await store.putArtifact(Buffer.from(log)),
          durationMs: 0,
        });
        await recordEffect(
          store,
          key,
          `ci/${repository}/${headCommit}/${reading.state}`,
          `CI of ${repository} ${passed ? 'passed' : 'failed'}: ${names}`,
        );
      }
      return { evidence, pending };
    },
  };
}
