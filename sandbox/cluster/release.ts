import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** What is deployed and restored as a whole. Secrets by name and version, never by value. */
export const release = z.strictObject({
  service: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  repository: z.string().regex(/^[A-Za-z0-9][\w-]*\/[A-Za-z0-9][\w-]*$/),
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'a commit is 40 hex digits'),
  configHash: z.string(),
  flags: z.record(z.string(), z.boolean()),
  secrets: z.record(z.string(), z.union([z.string(), z.number()])),
  schemaPhase: z.string(),
});
export type Release = z.infer<typeof release>;

/** Two releases are the same when every part of the tuple is, whatever the order of their fields. */
export function sameRelease(one: Release, other: Release): boolean {
  return isDeepStrictEqual(one, other);
}
