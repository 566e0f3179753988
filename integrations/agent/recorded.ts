import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ticketKey } from '../../domain/decision.schema.ts';
import type { RunUntrusted } from '../process/port.ts';
import { runAgent } from './command.ts';
import type { AgentPort, AgentResult, AgentTask } from './port.ts';

export interface RecordedAgentOptions {
  /** Holds `<TICKET>/<repository's name>/<round>.patch`. */
  readonly directory: string;
  readonly runUntrusted: RunUntrusted;
}

/** Where the patch lies while it is applied: beside the working copy's files, no part of the change. */
const PATCH = '.baton-recorded.patch';

/**
 * `AgentPort` that does what was recorded: applies the round's patch with git, in the agent's clone
 * and contained as any agent. A round without a patch is one that the agent did not manage.
 */
export function createRecordedAgent({ directory, runUntrusted }: RecordedAgentOptions): AgentPort {
  return {
    async run(task) {
      task.signal.throwIfAborted();
      const patch = join(task.directory, PATCH);
      await rm(patch, { force: true, recursive: true });
      const recording = recordingOf(directory, task);
      if (recording === null || !(await copied(recording, patch))) return nothingRecorded(task);
      try {
        const command = ['git', 'apply', '--whitespace=nowarn', '--verbose', PATCH];
        const environment = {
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
          LC_ALL: 'C',
        };
        const result = await runAgent(runUntrusted, task, command, environment);
        return result.outcome === 'done'
          ? { ...result, sentence: 'The recorded change was applied.' }
          : { ...result, sentence: 'The recorded change does not fit onto this code.' };
      } finally {
        await rm(patch, { force: true });
      }
    },
  };
}

/** `null` for a name that could leave the directory. */
function recordingOf(directory: string, { ticket, repository, round }: AgentTask): string | null {
  const name = repository.split('/').at(-1) ?? '';
  const plain = ticketKey.safeParse(ticket).success && /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name);
  return plain ? join(directory, ticket, name, `${String(round)}.patch`) : null;
}

async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

function nothingRecorded({ ticket, repository, round }: AgentTask): AgentResult {
  const sentence = `There is no recorded change for ${ticket} in ${repository}, round ${round}.`;
  return { outcome: 'failed', sentence, output: '' };
}
