import { emptyLedger, type LedgerState } from '../ledger.ts';
import type { Release } from './release.ts';

/** One release that runs, or ran, under a name the cluster gave it. */
export interface Version {
  readonly version: string;
  readonly release: Release;
}

export interface Candidate extends Version {
  weight: number;
  /** It was healthy once: the deployment has come about. */
  deployed: boolean;
}

/** What is wanted of one service in one environment; its processes follow. */
export interface ServiceState {
  /** The proxy's, the same for as long as the environment lives. */
  readonly port: number;
  nextVersion: number;
  stable: Version;
  candidate: Candidate | null;
  /** Stopped versions, which a restore may bring back under their old name. */
  past: Version[];
}

export interface EnvironmentState {
  readonly owner: string;
  readonly createdAt: string;
  /** When it is destroyed without being asked; null for production. */
  readonly expiresAt: string | null;
  /** Every service was healthy once. */
  ready: boolean;
  readonly services: Record<string, ServiceState>;
}

export interface ClusterState {
  readonly ledger: LedgerState;
  /** When production was last changed, in milliseconds; it draws its customers' attention. */
  changedAt: number;
  readonly environments: Record<string, EnvironmentState>;
}

export const PRODUCTION = 'production';

export function initialClusterState(): ClusterState {
  return { ledger: emptyLedger(), changedAt: 0, environments: {} };
}

export function newService(port: number, release: Release): ServiceState {
  return { port, nextVersion: 2, stable: { version: 'v1', release }, candidate: null, past: [] };
}
