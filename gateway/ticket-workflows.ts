import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common';
import type { Logger } from 'pino';
import type { Decision, DecisionReceipt } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import { TASK_QUEUES, ticketWorkflowId } from '../temporal/names.ts';
import type { DeliverTicketInput } from '../workflows/messages.ts';

/** Temporal could not be asked, or did not answer in time. What was to be said is said again later. */
export class EngineAway extends Error {
  constructor(cause: unknown) {
    super('Temporal could not be reached, or did not answer in time', { cause });
    this.name = 'EngineAway';
  }
}

/** What the gateway asks of the tickets' workflows. Every method throws `EngineAway`. */
export interface TicketWorkflows {
  /** Idempotent: a running workflow is left as it is. */
  start(key: string, startedBy: DeliverTicketInput['startedBy']): Promise<void>;
  /** False: no workflow runs for this ticket, so there was nobody to tell. */
  report(fact: Fact): Promise<boolean>;
  /** Null: no workflow runs for this ticket. Idempotent on the decision's id. */
  decide(key: string, decision: Decision): Promise<DecisionReceipt | null>;
  /** When the ticket's newest workflow run began; null when it never had one. */
  startedAt(key: string): Promise<number | null>;
  ping(): Promise<void>;
}

const DEADLINE_MS = 10_000;
const PING_MS = 2_000;
const RACE_RETRY_MS = 50;
const FAILED_PRECONDITION: number = 9;

export function createTicketWorkflows(temporal: Client, log: Logger): TicketWorkflows {
  const within = <T>(call: () => Promise<T>, ms = DEADLINE_MS): Promise<T> =>
    temporal.withDeadline(Date.now() + ms, call);
  return {
    async start(key, startedBy) {
      await asked(() =>
        within(() =>
          temporal.workflow.start('deliverTicket', {
            ...startOptions(key, startedBy),
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        ),
      );
    },
    async report(fact) {
      const told = await asked(() =>
        within(async () => {
          await temporal.workflow.getHandle(ticketWorkflowId(fact.key)).signal('reportFact', fact);
          return true;
        }),
      );
      return told ?? false;
    },
    decide: (key, decision) => decide({ temporal, within, log }, key, decision),
    async startedAt(key) {
      const found = await asked(() =>
        within(() => temporal.workflow.getHandle(ticketWorkflowId(key)).describe()),
      );
      return found === null ? null : found.startTime.getTime();
    },
    async ping() {
      await asked(() => within(() => temporal.workflowService.getSystemInfo({}), PING_MS));
    },
  };
}

function startOptions(key: string, startedBy: DeliverTicketInput['startedBy']) {
  return {
    workflowId: ticketWorkflowId(key),
    taskQueue: TASK_QUEUES.tickets,
    args: [{ key, startedBy }] satisfies [DeliverTicketInput],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: defineSearchAttributeKey('TicketKey', SearchAttributeType.KEYWORD), value: key },
      { key: defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD), value: 'spec' },
    ]),
  };
}

interface Asking {
  readonly temporal: Client;
  readonly within: <T>(call: () => Promise<T>, ms?: number) => Promise<T>;
  readonly log: Logger;
}

/**
 * An update that meets a continue-as-new fails although nothing refused it; sent again with the same
 * id it counts exactly once, because the state carried over remembers the ids it has handled.
 */
async function decide(
  { temporal, within, log }: Asking,
  key: string,
  decision: Decision,
): Promise<DecisionReceipt | null> {
  const until = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await within(
        () =>
          temporal.workflow
            .getHandle(ticketWorkflowId(key))
            .executeUpdate<DecisionReceipt, [Decision]>('decide', {
              args: [decision],
              updateId: decision.id,
            }),
        Math.max(1, until - Date.now()),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      const racing = isContinueAsNewRace(error);
      if (racing && Date.now() + RACE_RETRY_MS >= until) throw new EngineAway(error);
      if (!racing) return failedOr(error, key, log);
      await new Promise((resolve) => setTimeout(resolve, RACE_RETRY_MS));
    }
  }
}

/** What the workflow answered, however it answered; throws `EngineAway` when it did not. */
function failedOr(error: unknown, key: string, log: Logger): DecisionReceipt {
  if (!(error instanceof WorkflowUpdateFailedError)) throw new EngineAway(error);
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === 'DecisionRefused') {
    return { counted: false, sentence: cause.message };
  }
  log.error({ key, reason: cause?.message }, 'a decision failed in the workflow');
  return { counted: false, sentence: `${key} could not take this decision in: it is logged.` };
}

function isContinueAsNewRace(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    return cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow';
  }
  const cause = error instanceof Error ? error.cause : undefined;
  return isGrpcServiceError(cause) && (cause.code as number) === FAILED_PRECONDITION;
}

/** Null when there is no such workflow; every other failure says that the engine is away. */
async function asked<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw new EngineAway(error);
  }
}
