import { CommandError, EXIT, type ExitCode } from './command-line.ts';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN']);

/** Errors that name what is away in their own words. */
const AWAY = new Set(['StoreError', 'TemporalUnavailable', 'TemporalNotStarted']);

/** An error in one sentence for a person, without a trace, and the exit code it stands for. */
export function explain(
  error: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly sentence: string; readonly exitCode: ExitCode } {
  if (error instanceof CommandError) return { sentence: error.message, exitCode: error.exitCode };
  if (!(error instanceof Error)) return { sentence: String(error), exitCode: EXIT.failed };
  // By name, so that no command loads what only another one throws.
  if (error.name === 'ConfigurationError') return { sentence: error.message, exitCode: EXIT.usage };
  if (error.name === 'DirectoryInUse') return { sentence: error.message, exitCode: EXIT.failed };
  if (AWAY.has(error.name) || isUnreachable(error)) {
    return { sentence: error.message, exitCode: EXIT.unreachable };
  }
  const trace = environment.BATON_DEBUG ? `\n${error.stack ?? ''}` : '';
  const hint = trace === '' ? ' (BATON_DEBUG=1 shows where)' : '';
  return { sentence: `Unexpected: ${error.message}${hint}${trace}`, exitCode: EXIT.failed };
}

function isUnreachable(error: Error): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && UNREACHABLE.has(code)) return true;
  return error.cause instanceof Error && isUnreachable(error.cause);
}
