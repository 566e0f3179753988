import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { TicketDoor } from '../activities/dependencies.ts';
import { TASK_QUEUES, ticketWorkflowId } from '../temporal/names.ts';

/** One ticket that does not answer must not keep the others waiting. */
const DECIDE_MS = 5_000;

/** How activities reach tickets. Every call is idempotent: by workflow id, fact id or decision id. */
export function createTicketDoor(client: Client): TicketDoor {
  return {
    async start(key) {
      try {
        await client.workflow.start('deliverTicket', {
          workflowId: ticketWorkflowId(key),
          taskQueue: TASK_QUEUES.tickets,
          args: [{ key, startedBy: 'reconcile' }],
          typedSearchAttributes: new TypedSearchAttributes([
            { key: defineSearchAttributeKey('TicketKey', SearchAttributeType.KEYWORD), value: key },
          ]),
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    async report(fact) {
      await unlessGone(() =>
        client.workflow.getHandle(ticketWorkflowId(fact.key)).signal('reportFact', fact),
      );
    },
    async decide(key, decision) {
      await unlessGone(async () => {
        try {
          await client.withDeadline(Date.now() + DECIDE_MS, () =>
            client.workflow
              .getHandle(ticketWorkflowId(key))
              .executeUpdate('decide', { args: [decision], updateId: decision.id }),
          );
        } catch (error) {
          // Refused: whoever decided was told through the channel it came by, or will be.
          if (!(error instanceof WorkflowUpdateFailedError)) throw error;
        }
      });
    },
  };
}

async function unlessGone(call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
