import { IntegrationError } from '../errors.ts';
import { oneLine } from '../http-failure.ts';
import { runProgram } from '../process/run-program.ts';

export interface GitCall {
  readonly directory: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  /** Only for calls that reach the forge. */
  readonly token?: string | null;
  /** Fixed author, committer and date, so that the same content is the same commit. */
  readonly identity?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface GitOutcome {
  readonly ok: boolean;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitRunner {
  /** The outcome, whatever it was. Throws `IntegrationError` only when git gave none. */
  attempt(call: GitCall): Promise<GitOutcome>;
  /** Its standard output; throws `IntegrationError` named by what git said. */
  run(call: GitCall): Promise<Buffer>;
  /** As `run`, as text without the last line end. */
  text(call: GitCall): Promise<string>;
}

export interface GitRunnerOptions {
  /** Where credentials belong: they are sent nowhere else. */
  readonly gitUrl: string;
  readonly timeoutMs: number;
}

const MAX_OUTPUT_BYTES = 100_000_000;

/**
 * What a repository's content could switch on stays off: hooks, watchers, other protocols,
 * helpers, automatic housekeeping. Nobody's configuration is read but the clone's own.
 */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.autocrlf=false',
  'core.quotePath=false',
  'credential.helper=',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting]);

/** Git's command line under the rules of this product: no prompt, no configuration of others, dies with us. */
export function createGitRunner({ gitUrl, timeoutMs }: GitRunnerOptions): GitRunner {
  const protocol = new URL(gitUrl).protocol.replace(':', '');
  const attempt = async (call: GitCall): Promise<GitOutcome> => {
    const { exitCode, stdout, stderr } = await runProgram({
      command: ['git', ...SETTINGS, ...call.args],
      directory: call.directory,
      environment: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        HOME: '/nonexistent',
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_ATTR_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_ASKPASS: '',
        GIT_ALLOW_PROTOCOL: protocol,
        ...credential(gitUrl, call.token ?? null),
        ...call.identity,
      },
      timeoutMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal: call.signal,
      ...(call.input === undefined ? {} : { input: call.input }),
    });
    return { ok: exitCode === 0, stdout, stderr };
  };
  const run = async (call: GitCall): Promise<Buffer> => {
    const outcome = await attempt(call);
    if (!outcome.ok) throw gitFailure(call.args, outcome.stderr);
    return outcome.stdout;
  };
  const text = async (call: GitCall) => (await run(call)).toString('utf8').replace(/\n$/, '');
  return { attempt, run, text };
}

/** By environment, not by argument: arguments are visible to every user of the machine. */
function credential(gitUrl: string, token: string | null): Record<string, string> {
  if (token === null) return {};
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${gitUrl.replace(/\/+$/, '')}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

/** Names a failure by what git wrote (its messages are stable under LC_ALL=C). */
export function gitFailure(args: readonly string[], stderr: string): IntegrationError {
  const lines = stderr.split('\n').filter((line) => /^(fatal|error|remote| !)/.test(line));
  const said = oneLine((lines.length > 0 ? lines : [stderr]).join('; '));
  const message = `git ${args[0] ?? ''} failed (${said})`;
  if (/returned error: 429/.test(stderr))
    return new IntegrationError('RateLimited', 'git', message);
  if (/Authentication failed|could not read (Username|Password)|error: 40[13]/.test(stderr)) {
    return new IntegrationError('NotAuthorized', 'git', message);
  }
  if (/stale info|fetch first|non-fast-forward|cannot lock ref|already exists/.test(stderr)) {
    return new IntegrationError('StateConflict', 'git', message);
  }
  const unavailable =
    /Could not resolve|Failed to connect|Connection (refused|reset|timed out)|error: (408|5\d\d)|early EOF|hung up|RPC failed|unable to access|No space left/;
  const kind = unavailable.test(stderr) ? 'IntegrationUnavailable' : 'IntegrationRejected';
  return new IntegrationError(kind, 'git', message);
}
