import type { ActivityDependencies } from './dependencies.ts';
import { createChangeActivities } from './changes.ts';
import { createCiActivities } from './ci.ts';
import { withFailures } from './failures.ts';
import { createIntakeActivities } from './intake.ts';
import { createJournalActivities } from './journal.ts';
import { createNoticeActivities } from './notices.ts';
import { createPacketActivities } from './packets.ts';
import { createReconcileActivities } from './reconcile.ts';
import { createRolloutActivities } from './rollout.ts';
import { createVerificationActivities } from './verification.ts';
import { createWatchActivities } from './watch.ts';

/** Every activity, by the name under which a workflow calls it. */
export function createActivities(deps: ActivityDependencies) {
  return withFailures({
    ...createIntakeActivities(deps),
    ...createPacketActivities(deps),
    ...createJournalActivities(deps),
    ...createNoticeActivities(deps),
    ...createChangeActivities(deps),
    ...createCiActivities(deps),
    ...createVerificationActivities(deps),
    ...createRolloutActivities(deps),
    ...createWatchActivities(deps),
    ...createReconcileActivities(deps),
  });
}

export type Activities = ReturnType<typeof createActivities>;
