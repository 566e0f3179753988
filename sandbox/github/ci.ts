import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startWatched, type WatchedProcess } from '../watched-process.ts';
import { announceCheckRun, announceCheckSuite } from './announce.ts';
import { gitDirectory, type GithubContext } from './context.ts';
import { git, readCommits } from './git.ts';
import { CI_SCRIPT } from './pushes.ts';
import type { CheckRun, Repository } from './state.ts';

export interface CiOptions {
  readonly timeLimitMs: number;
  readonly concurrency: number;
}

export interface CiRunner {
  /** Starts what is queued, as far as the concurrency allows. */
  wake(): void;
  /** Stops what runs; it is run again by the next opener. */
  close(): Promise<void>;
}

const MAX_TEXT = 60_000;
const SUMMARY_LINES = 15;

/** What the script gets to see of this machine: a path to find node and git, nothing else. */
function environment(home: string, { sha, branch }: CheckRun, fullName: string) {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: home,
    LC_ALL: 'C',
    CI: 'true',
    GITHUB_SHA: sha,
    GITHUB_REF_NAME: branch,
    GITHUB_REPOSITORY: fullName,
  };
}

/** Runs the repositories' own `ci.sh`, each in a clone of its own, and reports check runs. */
export function createCiRunner(context: GithubContext, options: CiOptions): CiRunner {
  const running = new Map<CheckRun, Promise<void>>();
  const processes = new Set<WatchedProcess>();
  let closed = false;

  for (const { checkRuns } of context.state.value.repositories) {
    for (const run of checkRuns) if (run.status === 'in_progress') run.status = 'queued';
  }

  const wake = () => {
    for (const repository of context.state.value.repositories) {
      for (const run of repository.checkRuns) {
        if (closed || running.size >= options.concurrency) return;
        if (run.status !== 'queued' || running.has(run)) continue;
        const task = perform(repository, run).catch(() => undefined);
        running.set(run, task);
        void task.finally(() => {
          running.delete(run);
          wake();
        });
      }
    }
  };

  async function perform(repository: Repository, run: CheckRun): Promise<void> {
    run.status = 'in_progress';
    run.startedAt = Date.now();
    context.ledger.commit();
    const result = await execute(repository, run);
    if (closed) return;
    const [commit] = await readCommits(gitDirectory(context, repository), run.sha, 1);
    Object.assign(run, result, { status: 'completed', completedAt: Date.now() });
    const key = `${repository.fullName}/check/${run.sha}/${run.name}/${result.conclusion}`;
    context.ledger.effect('check', key);
    announceCheckRun(context, repository, run, 'completed');
    if (commit) announceCheckSuite(context, repository, run, commit);
    context.ledger.commit();
  }

  async function execute(repository: Repository, run: CheckRun): Promise<CiResult> {
    const home = await mkdtemp(join(context.workDir, 'ci-'));
    try {
      const clone = join(home, 'source');
      await git(home, ['clone', '-q', '--no-checkout', gitDirectory(context, repository), clone]);
      await git(clone, ['checkout', '-q', '--detach', run.sha]);
      return await runScript(clone, environment(home, run, repository.fullName));
    } catch (error) {
      const text = error instanceof Error ? error.message : 'the clone failed';
      return { conclusion: 'failure', summary: 'The commit could not be checked out.', text };
    } finally {
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async function runScript(cwd: string, env: Readonly<Record<string, string>>): Promise<CiResult> {
    const startedAt = Date.now();
    const watched = startWatched({ command: 'sh', args: [CI_SCRIPT], cwd, env, output: 'pipe' });
    processes.add(watched);
    const limit = AbortSignal.timeout(options.timeLimitMs);
    const stopLate = () => void watched.stop(1000);
    limit.addEventListener('abort', stopLate);
    const output = collect(watched);
    const status = await watched.exited;
    limit.removeEventListener('abort', stopLate);
    const late = limit.aborted;
    processes.delete(watched);
    await watched.stop(0); // what the script left running in its group
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    const verdict = late
      ? `was stopped after ${seconds} s: it took too long.`
      : status === 0
        ? `passed in ${seconds} s.`
        : `failed with exit code ${status} after ${seconds} s.`;
    const text = output();
    const conclusion = late ? 'timed_out' : status === 0 ? 'success' : 'failure';
    return { conclusion, summary: `\`${CI_SCRIPT}\` ${verdict}\n\n${tail(text)}`, text };
  }

  return {
    wake,
    close: async () => {
      closed = true;
      await Promise.all([...processes].map((watched) => watched.stop(0)));
      await Promise.all(running.values());
    },
  };
}

interface CiResult {
  readonly conclusion: 'success' | 'failure' | 'timed_out';
  readonly summary: string;
  readonly text: string;
}

/** The end of what both streams say: a failing suite tells why at its end. */
function collect({ child }: WatchedProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-MAX_TEXT);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

function tail(text: string): string {
  const lines = text.trimEnd().split('\n').slice(-SUMMARY_LINES);
  return ['```', ...lines, '```'].join('\n');
}
