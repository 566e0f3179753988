import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ticketKey } from '../../domain/decision.schema.ts';
import { runProgram } from '../process/run-program.ts';
import type { AgentPort, AgentResult, AgentTask } from './port.ts';

export interface RecordedAgentOptions {
  /** Holds `<TICKET>/<repository's name>/<round>.patch`. */
  readonly directory: string;
}

/**
 * `AgentPort` that does what was recorded: applies the round's patch to the files of the agent's
 * clone. A round without a patch is one that the agent did not manage.
 */
export function createRecordedAgent({ directory }: RecordedAgentOptions): AgentPort {
  return {
    async run(task) {
      task.signal.throwIfAborted();
      const patch = recordingOf(resolve(directory), task);
      if (patch === null || !(await exists(patch))) return nothingRecorded(task);
      const { exitCode, stdout, stderr } = await runProgram({
        command: ['git', 'apply', '--whitespace=nowarn', '--verbose', patch],
        directory: task.directory,
        environment: {
          PATH: process.env['PATH'] ?? '/usr/bin:/bin',
          LC_ALL: 'C',
          // No repository: nothing that an agent could have put into this `.git` is read.
          GIT_DIR: '/nonexistent',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
        },
        timeoutMs: task.timeoutMs,
        maxOutputBytes: task.maxOutputBytes,
        signal: task.signal,
      });
      const output = `${stdout.toString('utf8')}${stderr}`.slice(0, task.maxOutputBytes);
      return exitCode === 0
        ? { outcome: 'done', sentence: 'The recorded change was applied.', output }
        : {
            outcome: 'failed',
            sentence: 'The recorded change does not fit onto this code.',
            output,
          };
    },
  };
}

/** `null` for a name that could leave the directory. */
function recordingOf(directory: string, { ticket, repository, round }: AgentTask): string | null {
  const name = repository.split('/').at(-1) ?? '';
  const plain = ticketKey.safeParse(ticket).success && /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name);
  return plain ? join(directory, ticket, name, `${String(round)}.patch`) : null;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function nothingRecorded({ ticket, repository, round }: AgentTask): AgentResult {
  const sentence = `There is no recorded change for ${ticket} in ${repository}, round ${round}.`;
  return { outcome: 'failed', sentence, output: '' };
}
