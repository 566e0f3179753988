/** Exit codes of every command (DESIGN: public contracts). */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command reads and writes; a test gives its own. */
export interface CommandLine {
  /** Data. */
  readonly out: (text: string) => void;
  /** Messages for people. */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A command cannot do what was asked. Its message is for people: it says what to do. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** One JSON value on one line: what `--json` promises. */
export function printJson(io: CommandLine, value: unknown): void {
  io.out(`${JSON.stringify(value)}\n`);
}
