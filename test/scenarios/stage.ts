import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../temporal/names.ts';
import { TASK_QUEUES, ticketWorkflowId } from '../../domain/task-queues.ts';
import type { Decision } from '../../domain/decision.schema.ts';
import type { TicketRow } from '../../domain/ticket.ts';
import { findTemporalBinary } from '../../temporal/binary.ts';
import { bundleWorkflows } from '../../worker/workflow-bundle.ts';
import type { World } from './world.ts';

const logger = new DefaultLogger('ERROR');

/** The flags of `baton up` that take 50 ms off every hop. */
const FAST = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
].flatMap((value) => ['--dynamic-config-value', value]);

/** A real Temporal server with workers for every queue; each test has its own namespace of ticket keys. */
export interface Stage {
  readonly client: Client;
  /** Runs workers whose outside is `world` while `use` runs. */
  play<T>(world: World, use: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  Runtime.install({ logger });
  const path = findTemporalBinary();
  if (path === null) throw new Error('no Temporal server: run `npm run setup`');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      ip: '127.0.0.1',
      extraArgs: [
        ...FAST,
        ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      ],
    },
  });
  const code = await bundleWorkflows(logger);
  return {
    client: environment.client,
    async play(world, use) {
      const common = {
        connection: environment.nativeConnection,
        activities: world.activities,
        stickyQueueScheduleToStartTimeout: '1s',
      } as const;
      const tickets = await Worker.create({
        ...common,
        taskQueue: TASK_QUEUES.tickets,
        workflowBundle: { code },
      });
      const agents = await Worker.create({ ...common, taskQueue: TASK_QUEUES.agents });
      const verification = await Worker.create({ ...common, taskQueue: TASK_QUEUES.verification });
      return agents.runUntil(() => verification.runUntil(() => tickets.runUntil(use)));
    },
    close: () => environment.teardown(),
  };
}

/** `SHOP-12345`: a key no other test has. */
export const newKey = (): string =>
  `SHOP-${String(Number.parseInt(randomUUID().slice(0, 8), 16) + 1)}`;

export type TicketHandle = WorkflowHandleWithFirstExecutionRunId;

export async function startTicket(client: Client, key: string): Promise<TicketHandle> {
  return client.workflow.start('deliverTicket', {
    workflowId: ticketWorkflowId(key),
    taskQueue: TASK_QUEUES.tickets,
    args: [{ key, startedBy: 'jira' }],
  });
}

/** A decision as a channel would hand it over; without a subject the open gate is meant. */
export async function decide(
  client: Client,
  key: string,
  decision: Partial<Decision> & Pick<Decision, 'kind'>,
): Promise<string> {
  const whole = { id: randomUUID(), by: 'reviewer', channel: 'cli', ...decision };
  const receipt: { sentence: string } = await client.workflow
    .getHandle(ticketWorkflowId(key))
    .executeUpdate('decide', { args: [whole], updateId: whole.id });
  return receipt.sentence;
}

export async function row(client: Client, key: string): Promise<TicketRow> {
  return client.workflow.getHandle(ticketWorkflowId(key)).query('ticket');
}

/** Polls until the ticket is as wished, and says what it was when it never became so. */
export async function until(
  client: Client,
  key: string,
  wished: (ticket: TicketRow) => boolean,
  withinMs = 25_000,
): Promise<TicketRow> {
  const end = Date.now() + withinMs;
  let last: TicketRow | null = null;
  while (Date.now() < end) {
    last = await row(client, key).catch(() => null);
    if (last !== null && wished(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${key} did not come so far: ${JSON.stringify(last)}`);
}

/** Approves each gate as it opens, until the ticket has ended. */
export async function approveAll(client: Client, key: string): Promise<TicketRow> {
  for (;;) {
    const ticket = await until(
      client,
      key,
      (t) =>
        t.outcome !== null ||
        (t.openGate !== null && t.waiting !== null && t.waiting.for.startsWith('gate:')),
    );
    if (ticket.outcome !== null) return ticket;
    const gate = ticket.openGate?.gate;
    if (gate === 'spec' || gate === 'review' || gate === 'release')
      await decide(client, key, { kind: 'approve', gate }).catch(() => undefined);
    await until(client, key, (t) => t.outcome !== null || t.openGate?.gate !== gate);
  }
}
