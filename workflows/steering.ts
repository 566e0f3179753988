import {
  CancellationScope,
  condition,
  type ChildWorkflowHandle,
  type Workflow,
  type WorkflowResultType,
} from '@temporalio/workflow';
import { steerSignal } from './messages.ts';
import type { Ticket } from './ticket-entity.ts';

/** Waits for a child's result and passes on what people decide meanwhile. */
export async function steering<T extends Workflow>(
  ticket: Ticket,
  child: ChildWorkflowHandle<T>,
): Promise<WorkflowResultType<T>> {
  const passOn = new CancellationScope();
  const passing = passOn.run(async () => {
    for (;;) {
      await condition(() => ticket.steering.length > 0);
      const orders = ticket.steering;
      ticket.steering = [];
      for (const order of orders) await child.signal(steerSignal, order);
    }
  });
  // Ends with a cancellation when the child is done, or because the child was done before an order came.
  passing.catch(() => undefined);
  try {
    return await child.result();
  } finally {
    passOn.cancel();
  }
}
