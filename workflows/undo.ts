import { CancellationScope, getExternalWorkflowHandle } from '@temporalio/workflow';
import { endEnvironmentSignal, type UndoStep } from './messages.ts';
import { outside } from './proxies.ts';
import { reasonOf } from './reasons.ts';
import { rollBack } from './roll-back.ts';
import type { Ticket } from './ticket-entity.ts';

/** Remembers how to take back what is about to be done; carried over to later runs. */
export function rememberUndo(ticket: Ticket, step: UndoStep): void {
  ticket.carried = { ...ticket.carried, undo: [...ticket.carried.undo, step] };
}

/** Forgets the steps of one kind: somebody else owns their undo now, or there is nothing left of them. */
export function forgetUndo(ticket: Ticket, kind: UndoStep['kind']): void {
  const undo = ticket.carried.undo.filter((step) => step.kind !== kind);
  ticket.carried = { ...ticket.carried, undo };
}

/**
 * Takes everything back, last first. Not cancellable, and one failing step never stops the next: it
 * stays on the stack. Answers what was done, in sentences.
 */
export async function undoAll(ticket: Ticket): Promise<string[]> {
  return CancellationScope.nonCancellable(async () => {
    const told: string[] = [];
    const left: UndoStep[] = [];
    for (const step of [...ticket.carried.undo].reverse()) {
      try {
        told.push(...(await undoStep(ticket.key, step)));
      } catch (error) {
        left.unshift(step);
        told.push(`NOT undone: ${step.kind} (${reasonOf(error)})`);
      }
    }
    ticket.carried = { ...ticket.carried, undo: left };
    return told;
  });
}

async function undoStep(key: string, step: UndoStep): Promise<string[]> {
  switch (step.kind) {
    case 'close-pull-request': {
      const { repository, number } = step;
      const { state } = await outside.closePullRequest({ key, repository, number });
      return state === 'closed' ? [`pull request ${repository}#${number} closed`] : [];
    }
    case 'end-environment':
      await endEnvironment(step.workflowId);
      return ['environment removed'];
    case 'roll-back': {
      const restored = await rollBack(key, step.round, step.delivered);
      return restored.map((e) => `${e.what}: ${e.result}`);
    }
    default:
      step satisfies never;
      return [];
  }
}

/** Only a workflow that has ended fails an external signal: then its environment is gone already. */
export async function endEnvironment(workflowId: string): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .signal(endEnvironmentSignal)
    .catch(() => undefined);
}
