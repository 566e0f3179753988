import type { Config, ServiceEntry } from '../domain/config.schema.ts';
import { fail } from './failures.ts';

/** A service by its name. Throws `Misconfigured` when the configuration has lost it since the ticket began. */
export function serviceOf(config: Config, name: string): ServiceEntry {
  const service = config.services.find((s) => s.name === name);
  if (service === undefined)
    throw fail('Misconfigured', `the configuration has no service ${name} any more`);
  return service;
}
