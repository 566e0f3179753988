import { Refusal } from './refusal.ts';
import type { Release } from './release.ts';
import type { ServiceProcess } from './service-process.ts';
import type { ServiceState, Version } from './state.ts';
import { startWeightedProxy, type WeightedProxy } from './weighted-proxy.ts';

/** The processes and the proxy of one service in one environment. */
export interface RunningService {
  readonly url: string;
  /**
   * Starts a version unless it runs, and waits until it is healthy. Refuses one that is not: a
   * version that was started for this is stopped again.
   */
  ensure(version: Version): Promise<void>;
  /** Sends the traffic where the state says, and stops every version that it does not name. */
  follow(): Promise<void>;
  process(version: string): ServiceProcess | undefined;
  processes(): readonly (readonly [version: string, process: ServiceProcess])[];
  stop(): Promise<void>;
}

export async function runService(options: {
  readonly state: ServiceState;
  readonly launch: (version: Version) => Promise<ServiceProcess>;
}): Promise<RunningService> {
  const { state, launch } = options;
  const proxy = await startWeightedProxy(state.port);
  const running = new Map<string, ServiceProcess>();

  const stopUnnamed = async () => {
    const named = new Set([state.stable.version, state.candidate?.version]);
    const unnamed = [...running].filter(([version]) => !named.has(version));
    for (const [version] of unnamed) running.delete(version);
    await Promise.all(unnamed.map(([, process]) => process.stop()));
  };

  return {
    url: proxy.url,
    ensure: async (version) => {
      const known = running.get(version.version);
      const process = known ?? (await launch(version));
      running.set(version.version, process);
      if (await process.becomesHealthy()) return;
      if (!known) {
        running.delete(version.version);
        await process.stop();
      }
      throw new Refusal('rejected', unhealthy(version, process.log()));
    },
    follow: async () => {
      route(proxy, state, running);
      await stopUnnamed();
    },
    process: (version) => running.get(version),
    processes: () => [...running],
    stop: async () => {
      await proxy.close();
      await Promise.all([...running.values()].map((process) => process.stop()));
    },
  };
}

function route(
  proxy: WeightedProxy,
  { stable, candidate }: ServiceState,
  running: ReadonlyMap<string, ServiceProcess>,
): void {
  const target = ({ version }: Version) => ({
    version,
    port: () => running.get(version)?.port(),
  });
  proxy.route({
    stable: target(stable),
    candidate: candidate && { ...target(candidate), weight: candidate.weight },
  });
}

function unhealthy({ version, release }: { version: string; release: Release }, log: string) {
  const lastLine = log.trim().split('\n').at(-1) ?? '';
  return `${release.service} ${version} did not become healthy: ${lastLine}`;
}
