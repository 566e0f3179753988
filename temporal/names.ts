/** What every Temporal client and worker must agree on. */
export const TASK_QUEUES = {
  tickets: 'tickets',
  agents: 'agents',
  verification: 'verification',
} as const;

/** Custom search attributes, all `Keyword`; never one named `Status`. */
export const SEARCH_ATTRIBUTES = ['TicketKey', 'Stage', 'WaitingOn', 'Tier', 'Service'] as const;

export const ticketWorkflowId = (key: string): string => `ticket/${key}`;
