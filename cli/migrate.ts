import { loadConfiguration } from '../worker/configuration.ts';
import { migrateAll } from '../worker/migrate.ts';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';
import { theirTemporal, withStoreUrl } from './environment.ts';

export interface MigrateOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** `baton migrate`: harmless when everything is up to date, and for several at once. */
export async function migrate(io: CommandLine, options: MigrateOptions) {
  const configuration = withStoreUrl(io, loadConfiguration(options.config));
  const storeUrl = configuration.config.store.url;
  const temporalAddress = theirTemporal(io, configuration);
  if (storeUrl === undefined || temporalAddress === undefined) {
    throw new CommandError(
      'Without store.url (or BATON_STORE_URL) and temporal.address (or TEMPORAL_ADDRESS) there is nothing to migrate: baton up does it by itself.',
      EXIT.usage,
    );
  }
  const { migrations, searchAttributes } = await migrateAll(configuration.config, {
    storeUrl,
    temporalAddress,
  });
  if (options.json === true) {
    printJson(io, { migrations, searchAttributes });
    return;
  }
  for (const name of migrations) io.out(`applied     ${name}\n`);
  for (const name of searchAttributes) io.out(`registered  ${name}\n`);
  if (migrations.length + searchAttributes.length === 0) io.out('Everything is up to date.\n');
}
