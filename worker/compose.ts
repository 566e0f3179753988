import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createActivities } from '../activities/activities.ts';
import type { Config, Secrets } from '../domain/config.schema.ts';
import { createRedactor } from '../integrations/redaction.ts';
import { migrateStore, openStore } from '../store/open.ts';
import type { Store } from '../store/port.ts';
import { connectTemporal } from '../temporal/connection.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import { connectWorker } from '../temporal/worker-connection.ts';
import { createAdapters, type Adapters } from './adapters.ts';
import { workflowBundlePath } from './package-root.ts';
import { redacting } from './redacting.ts';
import { scheduleReconcile } from './reconcile-schedule.ts';
import { runWorker, type RunningWorker } from './run-worker.ts';
import { createTicketDoor } from './ticket-door.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

export { lockDirectory } from '../store/directory-lock.ts';

export interface RuntimeOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Where PGlite and working copies live. */
  readonly dataDir: string;
  /** An empty PGlite database to copy into a new data directory. */
  readonly template?: string | undefined;
  readonly temporalAddress: string;
  readonly log: Logger;
}

/** Store, Temporal client and adapters of one process: what a worker and a gateway are made of. */
export interface Runtime {
  readonly store: Store;
  readonly client: Client;
  readonly adapters: Adapters;
  /** Serves every queue from this process, and makes sure `reconcile` is scheduled. */
  runWorker(): Promise<RunningWorker>;
  close(): Promise<void>;
}

/** Opens the store (migrated), connects to Temporal and registers the search attributes. What was opened is closed again when a later step fails. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, secrets, dataDir, temporalAddress, log } = options;
  const { namespace } = config.temporal;
  const [store, temporal] = await openBoth(options);
  const adapters = redacting(createAdapters(config, secrets), createRedactor(secrets));
  return {
    store,
    client: temporal.client,
    adapters,
    async runWorker() {
      await ensureSearchAttributes(temporal.connection, namespace);
      const connection = await connectWorker(temporalAddress);
      const activities = createActivities({
        ...adapters,
        config,
        store,
        workDirectory: join(dataDir, 'work'),
        door: createTicketDoor(temporal.client),
      });
      const worker = await runWorker({
        connection,
        namespace,
        activities,
        workflowBundle: await workflowBundle(),
      });
      await scheduleReconcile(temporal.client, config.policy.reconcileEvery);
      log.info({ namespace }, 'worker is running');
      return {
        ...worker,
        async shutdown() {
          await worker.shutdown();
          await connection.close();
        },
      };
    },
    async close() {
      await temporal.close();
      await store.close();
    },
  };
}

async function openBoth({ config, dataDir, template, temporalAddress }: RuntimeOptions) {
  const { url } = config.store;
  const location =
    url === undefined
      ? { directory: join(dataDir, 'store'), ...(template === undefined ? {} : { template }) }
      : { url };
  if ('url' in location) await migrateStore(location);
  const store = await openStore(location);
  try {
    return [
      store,
      await connectTemporal({ address: temporalAddress, namespace: config.temporal.namespace }),
    ] as const;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The build's bundle; without one (under a test) it is made now, which takes some seconds. */
async function workflowBundle(): Promise<WorkflowBundleOption> {
  const codePath = workflowBundlePath();
  return existsSync(codePath) && import.meta.url.endsWith('.js')
    ? { codePath }
    : { code: await bundleWorkflows(new DefaultLogger('WARN')) };
}
