import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunUntrusted } from '../process/port.ts';
import type { AgentPort, AgentResult, AgentTask } from './port.ts';

export interface CommandAgentOptions {
  /** The agent's command line; `{brief}` stands for the path of the brief. */
  readonly command: readonly string[];
  readonly runUntrusted: RunUntrusted;
  /** What the agent needs besides; never a secret of ours. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Where the brief lies while the agent works; a folder that never is part of a change. */
const BRIEF_FOLDER = '.baton';

/** `AgentPort` over any command-line agent. It works in its clone as code of others: contained, limited. */
export function createCommandAgent(options: CommandAgentOptions): AgentPort {
  return {
    async run(task) {
      const folder = join(task.directory, BRIEF_FOLDER);
      const brief = join(folder, 'brief.md');
      await rm(folder, { force: true, recursive: true });
      await mkdir(folder);
      await writeFile(brief, task.brief, { flag: 'wx' });
      try {
        const command = options.command.map((part) => part.replaceAll('{brief}', brief));
        return await runAgent(options.runUntrusted, task, command, {
          ...options.environment,
          BATON_BRIEF: brief,
          BATON_TICKET: task.ticket,
          BATON_ROUND: String(task.round),
        });
      } finally {
        await rm(folder, { force: true, recursive: true });
      }
    },
  };
}

/** @throws the signal's reason when it was aborted */
async function runAgent(
  runUntrusted: RunUntrusted,
  { directory, timeoutMs, maxOutputBytes, signal, onAlive }: AgentTask,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<AgentResult> {
  const limits = { timeoutMs, maxOutputBytes, network: true, signal, onAlive };
  const { ending, exitCode, output, durationMs } = await runUntrusted({
    command,
    directory,
    environment,
    ...limits,
  });
  signal.throwIfAborted();
  const seconds = Math.round(durationMs / 1_000);
  switch (ending) {
    case 'exited':
      return exitCode === 0
        ? { outcome: 'done', sentence: `The agent finished after ${seconds} s.`, output }
        : {
            outcome: 'failed',
            sentence: `The agent ${exitWords(exitCode)} after ${seconds} s.`,
            output,
          };
    case 'timed-out':
      return {
        outcome: 'failed',
        sentence: `The agent was stopped: ${seconds} s is its limit.`,
        output,
      };
    case 'output-limit':
      return {
        outcome: 'failed',
        sentence: `The agent was stopped: it printed more than ${maxOutputBytes} bytes.`,
        output,
      };
    case 'cancelled':
      return { outcome: 'failed', sentence: 'The agent was cancelled.', output };
    default:
      return ending satisfies never;
  }
}

function exitWords(exitCode: number | null): string {
  return exitCode === null ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
}
