import { secrets } from '../../domain/config.schema.ts';
import { IntegrationError } from '../errors.ts';
import { capture, drain } from './capture.ts';
import { NotStarted, startWatched } from './watched.ts';

export interface TrustedProgram {
  readonly command: readonly string[];
  /** Standard input: text, or bytes. Without it, empty. */
  readonly input?: string | Uint8Array;
  readonly directory?: string;
  /** The whole environment; without it `operatorEnvironment()`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** Its last part, for an error's sentence. */
  readonly stderr: string;
}

/**
 * Runs a program that the operator chose (a deploy command, git): one request, one answer. It dies
 * with us and within the time limit.
 *
 * @throws IntegrationError `IntegrationUnavailable` when it ran out of time, printed beyond the limit
 *   or could not be started; the signal's reason when it was aborted.
 */
export async function runProgram(program: TrustedProgram): Promise<ProgramResult> {
  const [name = '', ...args] = program.command;
  program.signal?.throwIfAborted();
  const child = await start(program, name, args);
  let cut: string | undefined;
  const end = (why: string) => {
    cut ??= why;
    void child.stop();
  };
  const abort = () => end('cancelled');
  const timer = setTimeout(
    () => end(`did not finish within ${program.timeoutMs / 1000} s`),
    program.timeoutMs,
  );
  program.signal?.addEventListener('abort', abort, { once: true });
  const stdout = capture([child.stdout], program.maxOutputBytes, () =>
    end(`printed more than ${program.maxOutputBytes} bytes`),
  );
  const stderr = capture([child.stderr], 64_000, () => undefined);
  child.stdin?.end(program.input);
  const { exitCode } = await child.ended;
  clearTimeout(timer);
  program.signal?.removeEventListener('abort', abort);
  await drain([child.stdout, child.stderr]);
  program.signal?.throwIfAborted();
  if (cut !== undefined) throw new IntegrationError('IntegrationUnavailable', name, cut);
  return { exitCode, stdout: stdout.bytes(), stderr: stderr.bytes().toString('utf8') };
}

async function start(program: TrustedProgram, name: string, args: readonly string[]) {
  try {
    return await startWatched(name, args, {
      environment: program.environment ?? operatorEnvironment(),
      input: 'pipe',
      ...(program.directory === undefined ? {} : { directory: program.directory }),
    });
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    throw new IntegrationError(
      'IntegrationUnavailable',
      name,
      `could not be started (${error.message})`,
    );
  }
}

/** Our own environment without our own secrets: the operator's programs keep their settings. */
export function operatorEnvironment(): Record<string, string> {
  const own = new Set(Object.keys(secrets.shape));
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !own.has(entry[0]),
  );
  return Object.fromEntries(kept);
}
