import type { Config } from '../domain/config.schema.ts';
import type { TicketRow } from '../domain/ticket.ts';
import type { CiPort } from '../integrations/ci/port.ts';
import { IntegrationError } from '../integrations/errors.ts';
import type { ForgePort } from '../integrations/forge/port.ts';
import type { TrackerPort } from '../integrations/tracker/port.ts';
import type { Store } from '../store/port.ts';
import type { TicketDoor } from './dependencies.ts';

export interface ReconcileDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly tracker: TrackerPort;
  readonly forge: ForgePort;
  readonly ci: CiPort;
  readonly door: TicketDoor;
}

const PAGE = 100;

export function createReconcileActivities(deps: ReconcileDependencies) {
  return {
    /** Finds what no webhook told: tickets moved to the start status, CI that ended, reviews given. Idempotent: what it reports carries ids that count once. */
    async reconcileTickets(): Promise<{ readonly started: number; readonly looked: number }> {
      const started = await startMissed(deps);
      let looked = 0;
      let refused: IntegrationError | null = null;
      let after: string | undefined;
      do {
        const page = await deps.store.listTickets({ limit: PAGE, open: true, after });
        for (const ticket of page.tickets) {
          refused = (await lookAgain(deps, ticket).catch(refusal)) ?? refused;
        }
        looked += page.tickets.length;
        after = page.next ?? undefined;
      } while (after !== undefined);
      if (refused !== null) throw refused;
      return { started, looked };
    },
  };
}

/** One ticket whose repository or pull request is gone does not keep the others from being looked at. */
function refusal(error: unknown): IntegrationError {
  if (error instanceof IntegrationError && error.kind === 'IntegrationRejected') return error;
  throw error;
}

async function startMissed({
  config,
  store,
  tracker,
  door,
}: ReconcileDependencies): Promise<number> {
  const waiting = await tracker.listTickets({
    projects: config.tracker.projects,
    statuses: [config.tracker.statuses.start],
    limit: PAGE,
  });
  let started = 0;
  for (const { key } of waiting) {
    if ((await store.readTicket(key)) !== null) continue;
    await door.start(key);
    started += 1;
  }
  return started;
}

async function lookAgain(deps: ReconcileDependencies, ticket: TicketRow): Promise<void> {
  if (ticket.stage !== 'review') return;
  const pending = ticket.openGate?.pending ?? [];
  for (const { repository, headCommit } of pending.length === 0 ? [] : ticket.changes) {
    const { state } = await deps.ci.readChecks({ repository, commit: headCommit });
    if (state === 'passed' || state === 'failed') {
      await deps.door.report({
        kind: 'ci-finished',
        id: `ci/${repository}/${headCommit}/${state}`,
        key: ticket.key,
        repository,
        commit: headCommit,
      });
    }
  }
  await reportReviews(deps, ticket);
}

async function reportReviews(
  { config, forge, door }: ReconcileDependencies,
  ticket: TicketRow,
): Promise<void> {
  if (ticket.openGate?.gate !== 'review') return;
  for (const { repository, pullRequest, headCommit } of ticket.changes) {
    for (const review of await forge.listReviews({ repository, number: pullRequest.number })) {
      const person = config.people.find(
        (p) => p.github?.toLowerCase() === review.login.toLowerCase(),
      );
      if (person === undefined || review.isBot || review.commit !== headCommit) continue;
      const decided = {
        id: `github/${repository}/review/${review.id}`,
        by: person.id,
        channel: 'github' as const,
        gate: 'review' as const,
      };
      // One repository's review says nothing about the others: their approval is asked for in the chat.
      if (review.state === 'approved' && ticket.changes.length === 1)
        await door.decide(ticket.key, { kind: 'approve', ...decided });
      if (review.state === 'changes-requested')
        await door.decide(ticket.key, {
          kind: 'reject',
          ...decided,
          reason: 'changes requested on GitHub',
        });
    }
  }
}
