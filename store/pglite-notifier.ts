import type { PGlite } from '@electric-sql/pglite';
import type { Notifier } from './notifier.ts';

/** In one process nothing is ever missed. */
export function createPgliteNotifier(pglite: PGlite): Notifier {
  return {
    listen: async (channel, heard) => pglite.listen(channel, heard),
    close: async () => undefined, // its listeners end with the database
  };
}
