import type { ArmReading } from '../../domain/rollout.ts';

export interface MetricsPort {
  /** `null`: there is no data. Never zeros in its place, and never an old reading. Throws `IntegrationError` only when misconfigured; a version that does not answer has no data. */
  read(input: {
    readonly environment: string;
    readonly service: string;
    readonly version: string;
    readonly signal?: AbortSignal;
  }): Promise<ArmReading | null>;
}
