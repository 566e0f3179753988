export { TASK_QUEUES, ticketWorkflowId } from '../domain/task-queues.ts';

/** Custom search attributes, all `Keyword`; never one named `Status`. */
export const SEARCH_ATTRIBUTES = ['TicketKey', 'Stage', 'WaitingOn', 'Tier', 'Service'] as const;
