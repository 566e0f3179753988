import type { Config } from '../domain/config.schema.ts';
import type { AgentPort } from '../integrations/agent/port.ts';
import type { ForgePort, GitPort } from '../integrations/forge/port.ts';
import type { RunUntrusted } from '../integrations/process/port.ts';
import type { Store } from '../store/port.ts';
import { fail } from './failures.ts';

/** One repository's part of one round. */
export interface RepositoryRound {
  readonly key: string;
  readonly repository: string;
  readonly service: string;
  readonly round: number;
}

export interface ChangeDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly forge: ForgePort;
  readonly git: GitPort;
  readonly agent: AgentPort;
  readonly runUntrusted: RunUntrusted;
  readonly workDirectory: string;
}

/** The branch of a round; a later round has another. */
export const branchOf = (key: string, round: number): string => `baton/${key}/${round}`;

/** A patch out of the artifact store. */
export async function readPatch(store: Store, hash: string): Promise<Uint8Array> {
  const patch = await store.readArtifact(hash);
  if (patch === null) throw fail('ContractBroken', `there is no artifact ${hash} in the store`);
  return patch;
}
