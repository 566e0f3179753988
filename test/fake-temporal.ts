import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Decision, DecisionReceipt } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';

interface StartOptions {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  readonly signalArgs?: readonly Fact[];
  readonly typedSearchAttributes?: unknown;
}

/** What was asked of Temporal, in order, and how it is to answer. */
export interface FakeTemporal {
  readonly client: Client;
  readonly starts: readonly StartOptions[];
  readonly signals: readonly { readonly workflowId: string; readonly fact: Fact }[];
  readonly updates: readonly {
    readonly workflowId: string;
    readonly updateId: string;
    readonly decision: Decision;
  }[];
  /** Ids of the workflows that run. */
  readonly running: Set<string>;
  away: boolean;
  /** Answers or throws; called for each update of a running workflow. */
  answer: (decision: Decision, attempt: number) => DecisionReceipt | Promise<DecisionReceipt>;
}

/** How a workflow's validator refuses. */
export function refusal(sentence: string): Error {
  return new WorkflowUpdateFailedError(
    'Workflow Update failed',
    ApplicationFailure.create({ message: sentence, type: 'DecisionRefused', nonRetryable: true }),
  );
}

/** How an update fails that met a continue-as-new: gRPC's FAILED_PRECONDITION inside a ServiceError. */
export function continueAsNewRace(): Error {
  const cause = Object.assign(new Error('unexpected workflow task failure'), {
    code: 9,
    details: 'unexpected workflow task failure',
    metadata: {},
  });
  return Object.assign(new Error('Workflow Update failed'), { name: 'ServiceError', cause });
}

/** The few calls of a Temporal client that the gateway makes, without a server. */
export function createFakeTemporal(): FakeTemporal {
  const starts: StartOptions[] = [];
  const signals: { workflowId: string; fact: Fact }[] = [];
  const updates: { workflowId: string; updateId: string; decision: Decision }[] = [];
  const running = new Set<string>();

  const reach = () => {
    if (fake.away) throw Object.assign(new Error('14 UNAVAILABLE'), { name: 'ServiceError' });
  };
  const begin = (options: StartOptions) => {
    reach();
    if (!running.has(options.workflowId)) starts.push(options);
    running.add(options.workflowId);
  };
  const handle = (workflowId: string) => {
    const find = () => {
      reach();
      if (!running.has(workflowId)) throw new WorkflowNotFoundError('not found', workflowId, '');
    };
    return {
      signal: async (_name: string, fact: Fact) => {
        find();
        signals.push({ workflowId, fact });
      },
      executeUpdate: async (_name: string, options: { args: [Decision]; updateId: string }) => {
        find();
        const [decision] = options.args;
        updates.push({ workflowId, updateId: options.updateId, decision });
        return fake.answer(decision, updates.filter((u) => u.updateId === options.updateId).length);
      },
      describe: async () => {
        find();
        return { startTime: new Date(Date.UTC(2026, 10, 20, 9)) };
      },
    };
  };
  const client = {
    withDeadline: <T>(_deadline: number, call: () => Promise<T>) => call(),
    workflowService: { getSystemInfo: async () => reach() },
    workflow: {
      start: async (_type: string, options: StartOptions) => begin(options),
      signalWithStart: async (_type: string, options: StartOptions) => {
        begin(options);
        for (const fact of options.signalArgs ?? []) {
          signals.push({ workflowId: options.workflowId, fact });
        }
      },
      getHandle: handle,
    },
  };
  const fake: FakeTemporal = {
    client: client as unknown as Client,
    starts,
    signals,
    updates,
    running,
    away: false,
    answer: () => ({ counted: true, sentence: 'It counts.' }),
  };
  return fake;
}
