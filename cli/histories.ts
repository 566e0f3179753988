import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { connectTemporal, type TemporalAddress } from '../temporal/connection.ts';
import { ticketWorkflowId } from '../temporal/names.ts';

/** One run of one workflow of a ticket. */
export interface RecordedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: temporal.api.history.v1.IHistory;
}

/** By id too, in which the ticket's children name it (`ticket/<key>/...`). */
function queryFor(key: string): string {
  const id = ticketWorkflowId(key);
  return `TicketKey = "${key}" OR WorkflowId = "${id}" OR WorkflowId STARTS_WITH "${id}/"`;
}

/** Every run of every workflow that carries the ticket's key, oldest first. */
export async function readHistories(place: TemporalAddress, key: string): Promise<RecordedRun[]> {
  return withClient(place, async (client) => {
    const runs: (RecordedRun & { readonly startedAt: number })[] = [];
    for await (const run of client.workflow.list({ query: queryFor(key) })) {
      const handle = client.workflow.getHandle(run.workflowId, run.runId);
      const history = await handle.fetchHistory();
      const { workflowId, runId } = run;
      runs.push({ workflowId, runId, history, startedAt: run.startTime.getTime() });
    }
    return runs.sort((a, b) => a.startedAt - b.startedAt);
  });
}

/** Summed over every run of every workflow of the ticket. */
export async function countEvents(place: TemporalAddress, key: string): Promise<number> {
  const runs = await readHistories(place, key);
  return runs.reduce((total, { history }) => total + (history.events?.length ?? 0), 0);
}

async function withClient<T>(
  place: TemporalAddress,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const temporal = await connectTemporal(place);
  try {
    return await use(temporal.client);
  } finally {
    await temporal.close();
  }
}
