/** What one version's processes have counted since they started. */
export interface ArmReading {
  readonly requests: number;
  readonly errors: number;
  /** Latency counts by bucket (not cumulative), one longer than `upperBoundsMs`: the last is everything above. */
  readonly latency: {
    readonly upperBoundsMs: readonly number[];
    readonly counts: readonly number[];
  };
}
