import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime, type Runtime } from '../worker/compose.ts';
import { loadConfiguration } from '../worker/configuration.ts';
import { loadSecrets } from '../worker/secrets.ts';
import { CommandError, EXIT, type CommandLine } from './command-line.ts';
import { createLog, quietTemporal } from './log.ts';
import { theirTemporal, withStoreUrl } from './environment.ts';
import { gatewayOf, listen, undoAll, type Undo } from './stack.ts';
import { untilToldToStop } from './stop.ts';

export interface ProcessOptions {
  readonly config: string;
}

/** `baton worker`: the workflows and activities alone, against a Temporal and a PostgreSQL of others. */
export async function runWorkerProcess(io: CommandLine, options: ProcessOptions) {
  await serve(io, options, async ({ runtime, undo }) => {
    const worker = await runtime.runWorker();
    undo.push(() => worker.shutdown());
    io.err('The worker is running.\n');
    return worker.failed;
  });
}

/** `baton gateway`: the HTTP edge alone; any number of them. */
export async function runGatewayProcess(io: CommandLine, options: ProcessOptions) {
  await serve(io, options, async ({ runtime, undo, ...deps }) => {
    const gateway = gatewayOf(runtime, deps);
    undo.push(() => gateway.close());
    const url = await listen(gateway, deps.configuration.config.gateway.listen);
    io.err(`The gateway is ready at ${url}\n`);
    return new Promise<never>(() => undefined);
  });
}

type Part = Parameters<typeof gatewayOf>[1] & { readonly runtime: Runtime; readonly undo: Undo[] };

async function serve(
  io: CommandLine,
  { config: file }: ProcessOptions,
  /** Rejects when it cannot start, and when what it started fails. */
  startPart: (part: Part) => Promise<never>,
): Promise<void> {
  const configuration = withStoreUrl(io, loadConfiguration(file));
  const { config } = configuration;
  const temporalAddress = theirTemporal(io, configuration);
  if (config.store.url === undefined || temporalAddress === undefined) {
    throw new CommandError(
      'Processes of their own share a PostgreSQL and a Temporal: set store.url (or BATON_STORE_URL) and temporal.address (or TEMPORAL_ADDRESS). On one machine, baton up needs neither.',
      EXIT.usage,
    );
  }
  const secrets = loadSecrets(configuration, io.environment);
  const log = createLog(io.environment, 'info');
  quietTemporal(log);
  const undo: Undo[] = [];
  try {
    const dataDir = mkdtempSync(join(tmpdir(), 'baton-')); // working copies: nothing that must last
    undo.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const runtime = await openRuntime({ config, secrets, dataDir, temporalAddress, log });
    undo.push(() => runtime.close());
    await untilToldToStop(startPart({ runtime, undo, configuration, secrets, log }));
  } finally {
    await undoAll(undo, io);
    setTimeout(() => process.exit(), 1_000).unref();
  }
}
