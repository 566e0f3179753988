export interface UntrustedCommand {
  readonly command: readonly [string, ...string[]] | readonly string[];
  /** The working directory, and the only place it may write. */
  readonly directory: string;
  /** The whole environment besides PATH, HOME and TMPDIR, which are its own. Never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly network: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called about every second while it runs. */
  readonly onAlive?: (() => void) | undefined;
}

export interface UntrustedResult {
  /** `null` when it was ended by a signal. */
  readonly exitCode: number | null;
  readonly ending: 'exited' | 'timed-out' | 'cancelled' | 'output-limit';
  /** Standard output and error as they came, cut at `maxOutputBytes`. */
  readonly output: string;
  readonly durationMs: number;
}

/**
 * Runs code that Baton did not write (invariant 10): allow-listed environment, own home, own process
 * group, limits of time and output, nothing left running, and bubblewrap unless the policy says
 * `isolation: none`. Refuses (throws `IntegrationError` `NotAuthorized`) when it cannot contain it.
 */
export type RunUntrusted = (command: UntrustedCommand) => Promise<UntrustedResult>;
