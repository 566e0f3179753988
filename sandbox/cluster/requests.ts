import { z } from 'zod';
import { release } from './release.ts';

const environment = z.string().regex(/^[A-Za-z0-9][\w.-]{0,80}$/, 'not the name of an environment');
const service = z.string();
const version = z.string();
const key = z.string();

/** The requests of the protocol `deploy-command/1`. */
export const deployRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('describe'), environment, service }),
  z.strictObject({ action: z.literal('deploy'), environment, service, release, key }),
  z.strictObject({
    action: z.literal('weight'),
    environment,
    service,
    version,
    percent: z.number().min(0).max(100),
    expect: z.strictObject({
      stable: z.string(),
      candidate: z.string().nullable(),
      weight: z.number(),
    }),
    key,
  }),
  z.strictObject({ action: z.literal('promote'), environment, service, version, key }),
  z.strictObject({ action: z.literal('restore'), environment, service, release, key }),
  z.strictObject({
    action: z.literal('create'),
    environment,
    owner: z.string(),
    ttlSeconds: z.number().positive(),
    services: z.array(release),
    key,
  }),
  z.strictObject({ action: z.literal('destroy'), environment, key }),
  z.strictObject({ action: z.literal('list') }),
]);
export type DeployRequest = z.infer<typeof deployRequest>;
