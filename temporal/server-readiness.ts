import { Connection } from '@temporalio/client';

/** gRPC health checking protocol (grpc.health.v1): the status SERVING. */
const SERVING = 1;
const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';
const TRY_MS = 1_000;
const POLL_MS = 25;

/**
 * Returns when the server at the address is healthy and knows the namespace, throws the last reason when
 * it is not by the deadline (milliseconds since the epoch) or `given` up.
 */
export async function untilServing(
  address: string,
  namespace: string,
  { deadline, given }: { readonly deadline: number; readonly given: AbortSignal },
): Promise<void> {
  for (;;) {
    try {
      await ask(address, namespace);
      return;
    } catch (error) {
      if (given.aborted || Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A connection for each try: one that has failed waits a second and more before it tries again. */
async function ask(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: TRY_MS });
  try {
    await connection.withDeadline(Date.now() + TRY_MS, async () => {
      const health = await connection.healthService.check({ service: SERVICE });
      const status: number = health.status;
      if (status !== SERVING) throw new Error(`its health is ${status}`);
      await connection.workflowService.describeNamespace({ namespace });
    });
  } finally {
    await connection.close();
  }
}
