/** One queue per kind of work, so that an agent's hour never delays a ticket's answer. */
export const TASK_QUEUES = {
  tickets: 'tickets',
  agents: 'agents',
  verification: 'verification',
} as const;

/** The entity workflow of a ticket. */
export const ticketWorkflowId = (key: string): string => `ticket/${key}`;
