import type { Release } from '../../domain/release.ts';

export interface RunningVersion {
  /** The cluster's name of it: `v7`. */
  readonly version: string;
  readonly release: Release;
}

/** The live state of one service in one environment. */
export interface ServiceDescription {
  readonly environment: string;
  readonly service: string;
  /** Where its traffic goes in. */
  readonly url: string;
  readonly stable: RunningVersion;
  readonly candidate: (RunningVersion & { readonly weight: number }) | null;
}

export interface ExpectedTraffic {
  readonly stable: string;
  readonly candidate: string | null;
  readonly weight: number;
}

/** Production, and every place like it. Every method is idempotent by the state it asks for and throws `IntegrationError`. */
export interface DeployPort {
  describe(input: {
    readonly environment: string;
    readonly service: string;
    readonly signal?: AbortSignal;
  }): Promise<ServiceDescription>;
  /** Starts the release beside the stable one at weight 0 and returns when it is healthy. */
  deploy(input: {
    readonly environment: string;
    readonly release: Release;
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<ServiceDescription>;
  /** `StateConflict` when the live state is neither as expected nor as asked: somebody else changed it. */
  setWeight(input: {
    readonly environment: string;
    readonly service: string;
    readonly version: string;
    readonly percent: number;
    readonly expect: ExpectedTraffic;
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<ServiceDescription>;
  /** The candidate takes all traffic and is the stable one. */
  promote(input: {
    readonly environment: string;
    readonly service: string;
    readonly version: string;
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<ServiceDescription>;
  /** All traffic back to `release`, as a whole tuple; every other version of the service stops. */
  restore(input: {
    readonly environment: string;
    readonly release: Release;
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<ServiceDescription>;
}

export interface EnvironmentPort {
  /** A production-like environment: `releases` as given, every other service as production runs it. */
  create(input: {
    readonly environment: string;
    readonly owner: string;
    readonly ttlMs: number;
    readonly releases: readonly Release[];
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<readonly ServiceDescription[]>;
  destroy(input: {
    readonly environment: string;
    readonly key: string;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  list(input: {
    readonly signal?: AbortSignal;
  }): Promise<
    readonly { readonly environment: string; readonly owner: string; readonly createdAt: string }[]
  >;
}
