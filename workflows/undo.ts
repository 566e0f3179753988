import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { endEnvironmentSignal, type UndoStep } from './messages.ts';
import { outside } from './proxies.ts';
import type { Ticket } from './ticket-entity.ts';

/** Remembers how to take back what is about to be done; carried over to later runs. */
export function rememberUndo(ticket: Ticket, step: UndoStep): void {
  ticket.carried = { ...ticket.carried, undo: [...ticket.carried.undo, step] };
}

/** Takes everything back, last first. One failing step never stops the next. Answers what was done, in sentences. */
export async function undoAll(ticket: Ticket): Promise<string[]> {
  const told: string[] = [];
  for (const step of [...ticket.carried.undo].reverse()) {
    try {
      told.push(await undoStep(ticket.key, step));
    } catch (error) {
      told.push(
        `NOT undone: ${step.kind} (${error instanceof Error ? error.message : String(error)})`,
      );
    }
  }
  ticket.carried = { ...ticket.carried, undo: [] };
  return told;
}

async function undoStep(key: string, step: UndoStep): Promise<string> {
  switch (step.kind) {
    case 'close-pull-request':
      await outside.closePullRequest({ key, repository: step.repository, number: step.number });
      return `pull request ${step.repository}#${step.number} closed`;
    case 'end-environment':
      await getExternalWorkflowHandle(step.workflowId).signal(endEnvironmentSignal);
      return 'environment removed';
    default:
      step satisfies never;
      return '';
  }
}
