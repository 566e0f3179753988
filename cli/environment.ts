import type { Configuration } from '../worker/configuration.ts';
import type { CommandLine } from './command-line.ts';

/** The variables besides the secrets that a process reads: where a deployment differs from its file. */
export const ENVIRONMENT_VARIABLES = ['BATON_STORE_URL', 'TEMPORAL_ADDRESS', 'BATON_LOG'] as const;

/** The Temporal server that somebody else runs, if the configuration or the environment names one. */
export function theirTemporal(
  { environment }: Pick<CommandLine, 'environment'>,
  { config }: Configuration,
): string | undefined {
  return config.temporal.address ?? (environment.TEMPORAL_ADDRESS || undefined);
}

/** With `BATON_STORE_URL`, which keeps a password out of the file, when the file names no store. */
export function withStoreUrl(
  { environment }: Pick<CommandLine, 'environment'>,
  configuration: Configuration,
): Configuration {
  const { config, file } = configuration;
  const url = config.store.url ?? (environment.BATON_STORE_URL || undefined);
  return url === undefined ? configuration : { file, config: { ...config, store: { url } } };
}
