import { join } from 'node:path';
import type { Effects } from '../effects.ts';
import { startHttpServer } from '../http-server.ts';
import { openLedger } from '../ledger.ts';
import { openStateFile } from '../state-file.ts';
import { carryOut } from './commands.ts';
import { openProcesses } from './environment-processes.ts';
import {
  createEnvironment,
  destroyEnvironment,
  expired,
  recover,
  type EnvironmentsContext,
} from './environments.ts';
import type { Release } from './release.ts';
import { clusterRoutes } from './routes.ts';
import { openSourceCode, type SourceCode } from './source-code.ts';
import { initialClusterState, PRODUCTION } from './state.ts';
import { startTraffic } from './traffic.ts';
import { createTrafficRate } from './traffic-rate.ts';
import { createTurns } from './turns.ts';

export interface ClusterOptions {
  readonly dataDir: string;
  /** 0 draws a free one. */
  readonly port: number;
  readonly effects: Effects;
  /** Bare repositories at `<repositoriesDir>/<owner>/<name>.git`. */
  readonly repositoriesDir: string;
  /** What production consists of. */
  readonly services: readonly { readonly name: string; readonly repository: string }[];
}

export interface Cluster {
  /** Of the control API. */
  readonly url: string;
  close(): Promise<void>;
}

const EXPIRY_CHECK_MS = 1000;

/**
 * Environments of real processes behind weighted proxies. At first start production runs each
 * repository's default branch as v1; later everything that was wanted when the last process ended,
 * however it ended, is started again at the same addresses before this resolves.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, effects } = options;
  const directory = join(dataDir, 'cluster');
  const source = openSourceCode({
    repositoriesDir: options.repositoriesDir,
    codeDir: join(directory, 'code'),
  });
  const state = openStateFile(join(directory, 'state.json'), initialClusterState());
  const ledger = openLedger({
    system: 'cluster',
    state,
    effects,
    webhooks: { send: () => undefined },
  });
  const processes = openProcesses({ source, logDir: join(directory, 'logs') });
  const context: EnvironmentsContext = { state, ledger, processes };
  await recover(context);
  await createProduction(context, source, options.services);

  const rate = createTrafficRate(state);
  const traffic = startTraffic(
    options.services.map(({ name }) => ({
      service: name,
      url: processes.service(PRODUCTION, name)?.url ?? '',
      requestsPerSecond: () => rate.of(name),
    })),
  );
  const inTurn = createTurns();
  const sweep = setInterval(() => {
    for (const name of expired(context, Date.now())) {
      void inTurn(name, () => destroyEnvironment(context, name));
    }
  }, EXPIRY_CHECK_MS);
  const server = await startHttpServer({
    port: options.port,
    routes: clusterRoutes({
      processes,
      traffic,
      rate,
      carryOut: (request) => {
        const reading = request.action === 'list' || request.action === 'describe';
        if (reading) return carryOut(context, request);
        return inTurn(request.environment, () => carryOut(context, request));
      },
    }),
  });
  return {
    url: server.url,
    close: async () => {
      clearInterval(sweep);
      traffic.stop();
      await server.close();
      await processes.endAll();
    },
  };
}

async function createProduction(
  context: EnvironmentsContext,
  source: SourceCode,
  services: ClusterOptions['services'],
): Promise<void> {
  if (context.state.value.environments[PRODUCTION]) return;
  const releases = await Promise.all(
    services.map(async ({ name, repository }): Promise<Release> => ({
      service: name,
      repository,
      commit: await source.headOf(repository),
      configHash: FIRST_CONFIGURATION,
      flags: {},
      secrets: {},
      schemaPhase: 'none',
    })),
  );
  await createEnvironment(context, {
    environment: PRODUCTION,
    owner: 'shop',
    ttlSeconds: null,
    releases,
  });
}

/** The hash of the empty configuration `{}`. */
const FIRST_CONFIGURATION =
  'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
