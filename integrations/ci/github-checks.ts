import { z } from 'zod';
import { createGithubClient, type GithubOptions } from '../forge/github-client.ts';
import type { CiCheck, CiPort, CiReading } from './port.ts';

const checkRun = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  html_url: z.string().nullish(),
  output: z.object({ summary: z.string().nullish(), text: z.string().nullish() }).nullish(),
});
const status = z.object({
  context: z.string(),
  state: z.string(),
  target_url: z.string().nullish(),
  description: z.string().nullish(),
});

const SUMMARY_LENGTH = 4_000;

/**
 * `CiPort` over GitHub's check runs and, for older systems, commit statuses. A check that was
 * skipped or is neutral checked nothing: it is left out, and alone it is no evidence.
 */
export function createGithubChecks(options: GithubOptions): CiPort {
  const github = createGithubClient(options);
  return {
    async readChecks({ repository, commit, signal }) {
      const call = {
        repository,
        signal,
        attempted: `reading the checks of ${commit.slice(0, 10)}`,
      };
      const runs = await github.list(
        {
          ...call,
          route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
          parameters: { ref: commit, filter: 'latest' },
        },
        checkRun,
        'check_runs',
      );
      const statuses = await github.list(
        {
          ...call,
          route: 'GET /repos/{owner}/{repo}/commits/{ref}/status',
          parameters: { ref: commit },
        },
        status,
        'statuses',
      );
      return read([...runs.flatMap((run) => fromRun(run) ?? []), ...statuses.map(fromStatus)]);
    },
  };
}

function read(checks: readonly CiCheck[]): CiReading {
  const has = (...states: CiCheck['state'][]) => checks.some((one) => states.includes(one.state));
  if (checks.length === 0) return { state: 'none', checks };
  if (has('failed', 'cancelled')) return { state: 'failed', checks };
  return { state: has('pending') ? 'pending' : 'passed', checks };
}

function fromRun(run: z.infer<typeof checkRun>): CiCheck | null {
  const state = runState(run);
  if (state === null) return null;
  const summary = (run.output?.text ?? run.output?.summary ?? '').slice(-SUMMARY_LENGTH);
  return { name: run.name, state, url: run.html_url ?? null, summary };
}

/** Whatever a later version of the API may say that is not known here is no pass. */
function runState({ status, conclusion }: z.infer<typeof checkRun>): CiCheck['state'] | null {
  if (status !== 'completed') return 'pending';
  switch (conclusion) {
    case 'success':
      return 'passed';
    case 'neutral':
    case 'skipped':
      return null;
    case 'cancelled':
    case 'stale':
      return 'cancelled';
    default:
      return 'failed';
  }
}

const STATUS_STATES = new Map<string, CiCheck['state']>([
  ['success', 'passed'],
  ['pending', 'pending'],
]);

function fromStatus({
  context,
  state,
  target_url: url,
  description,
}: z.infer<typeof status>): CiCheck {
  return {
    name: context,
    state: STATUS_STATES.get(state) ?? 'failed',
    url: url ?? null,
    summary: (description ?? '').slice(-SUMMARY_LENGTH),
  };
}
