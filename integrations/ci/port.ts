export interface CiCheck {
  readonly name: string;
  readonly state: 'pending' | 'passed' | 'failed' | 'cancelled';
  readonly url: string | null;
  /** The end of its log or summary: somebody else's words. */
  readonly summary: string;
}

export interface CiReading {
  /** `none`: nothing was started for this commit, which is not a pass. `passed`: at least one check, and none failed or pending. */
  readonly state: 'none' | 'pending' | 'passed' | 'failed';
  readonly checks: readonly CiCheck[];
}

export interface CiPort {
  /** What CI says about exactly this commit. Throws `IntegrationError`. */
  readChecks(input: {
    readonly repository: string;
    readonly commit: string;
    readonly signal?: AbortSignal;
  }): Promise<CiReading>;
}
