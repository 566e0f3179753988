import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { findTemporalBinary } from '../temporal/binary.ts';
import { startTemporalServer, type EmbeddedServer } from '../temporal/embedded-server.ts';
import { lockDirectory, openRuntime } from '../worker/compose.ts';
import { loadConfiguration, type Configuration } from '../worker/configuration.ts';
import { pgliteTemplateDirectory } from '../worker/installed.ts';
import { loadSecrets } from '../worker/secrets.ts';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';
import { createLog, quietTemporal } from './log.ts';
import { assertFree } from './port-holder.ts';
import { announce } from './running.ts';
import { theirTemporal, withStoreUrl } from './environment.ts';
import { gatewayOf, listen, undoAll, type Undo } from './stack.ts';
import { untilToldToStop } from './stop.ts';

export interface UpOptions {
  readonly config: string;
  readonly dataDir: string;
  readonly json?: boolean;
}

/** `baton up`: the whole stack in one process, and a Temporal server beside it that ends with it. */
export async function up(io: CommandLine, options: UpOptions) {
  const configuration = withStoreUrl(io, loadConfiguration(options.config));
  const undo: Undo[] = [];
  try {
    const stack = await start(io, { configuration, dataDir: resolve(options.dataDir), undo });
    const { url, temporal } = stack;
    if (options.json === true) printJson(io, { ready: true, url, temporal, pid: process.pid });
    else {
      io.out(`Baton is ready at ${url}\n`);
      io.out(`Tickets: baton tickets --url ${url}\n`);
      io.out('Ctrl-C ends it; started again with the same --data-dir it goes on where it was.\n');
    }
    const why = await Promise.race([stack.broken, untilToldToStop().then(() => null)]);
    if (why !== null) throw new CommandError(why, EXIT.unreachable);
  } finally {
    await undoAll(undo, io);
    // What a library left behind must not keep a stopped stack alive.
    setTimeout(() => process.exit(), 1_000).unref();
  }
}

interface Starting {
  readonly configuration: Configuration;
  readonly dataDir: string;
  /** Filled while things start. */
  readonly undo: Undo[];
}

async function start(io: CommandLine, { configuration, dataDir, undo }: Starting) {
  const { config } = configuration;
  const secrets = loadSecrets(configuration, io.environment);
  const log = createLog(io.environment, 'warn');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  undo.push(lockDirectory(dataDir));
  await assertFree(config.gateway.listen);
  const theirs = theirTemporal(io, configuration);
  const server =
    theirs === undefined ? await startOwn(config.temporal.namespace, dataDir, log) : null;
  if (server !== null) undo.push(() => server.stop());
  const temporalAddress = server?.address ?? theirs ?? '';
  quietTemporal(log);
  const template = pgliteTemplateDirectory();
  const runtime = await openRuntime({ config, secrets, dataDir, template, temporalAddress, log });
  undo.push(() => runtime.close());
  const worker = await runtime.runWorker();
  undo.push(() => worker.shutdown());
  const gateway = gatewayOf(runtime, { configuration, secrets, log });
  undo.push(() => gateway.close());
  const url = await listen(gateway, config.gateway.listen);
  const { namespace } = config.temporal;
  undo.push(announce({ url, temporal: temporalAddress, namespace, pid: process.pid }));
  const broken = Promise.race([
    ...(server === null ? [] : [server.ended.then(() => 'The Temporal server ended by itself.')]),
    worker.failed.catch((error: unknown) => `The worker failed: ${String(error)}`),
  ]);
  return { url, temporal: temporalAddress, broken };
}

async function startOwn(namespace: string, dataDir: string, log: Logger): Promise<EmbeddedServer> {
  const binary = findTemporalBinary();
  if (binary === null) {
    throw new CommandError(
      'There is no Temporal server here. Run: npm run setup (or name one: temporal.address, TEMPORAL_ADDRESS)',
      EXIT.unreachable,
    );
  }
  const directory = join(dataDir, 'temporal');
  return startTemporalServer({
    binary,
    directory,
    namespace,
    log: (sentence) => log.info(sentence),
  });
}
