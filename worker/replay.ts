import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import { workflowBundlePath } from './package-root.ts';

/** How one recorded history fared against today's workflows. */
export interface ReplayedHistory {
  readonly file: string;
  readonly workflowId: string;
  /** `null` when today's code makes the same decisions. */
  readonly problem: string | null;
}

interface RecordedHistory {
  readonly file: string;
  readonly workflowId: string;
  readonly history: unknown;
}

/**
 * Replays every `*.json` of a directory against the built workflows, in the order of their names.
 * Needs no server. Throws when the directory cannot be read or a file is no history.
 */
export async function replayHistories(directory: string): Promise<ReplayedHistory[]> {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  const recorded = files.sort().map((name) => readHistory(join(directory, name)));
  if (recorded.length === 0) return [];
  quiet();
  const results: ReplayedHistory[] = [];
  const replayed = Worker.runReplayHistories(
    { workflowBundle: { codePath: workflowBundlePath() } },
    recorded,
  );
  for await (const { error } of replayed) {
    const one = recorded[results.length]; // the results come in the order of the histories
    if (one === undefined) break;
    const { file, workflowId } = one;
    results.push({ file, workflowId, problem: error === undefined ? null : error.message });
  }
  return results;
}

/** The reasons are in the results; the SDK's own report of each would bury them. */
function quiet(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => undefined),
      telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
    });
  } catch {
    // Somebody in this process has installed one already.
  }
}

interface HistoryJson {
  readonly events?: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId?: string };
  }[];
}

function readHistory(path: string): RecordedHistory {
  const file = basename(path);
  const history = parse(path, file);
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  if (started === undefined)
    throw new Error(`${file} is no workflow history: its first event is not the start`);
  return { file, workflowId: started.workflowId ?? file.replace(/\.json$/, ''), history };
}

function parse(path: string, file: string): HistoryJson {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as HistoryJson;
  } catch (error) {
    const because = error instanceof Error ? error.message : 'unknown reason';
    throw new Error(`${file} cannot be read: ${because}`, { cause: error });
  }
}
