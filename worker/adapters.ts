import type { Config, Secrets } from '../domain/config.schema.ts';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import { createCommandAgent } from '../integrations/agent/command.ts';
import { createRecordedAgent } from '../integrations/agent/recorded.ts';
import { createSlackChat } from '../integrations/chat/slack.ts';
import { createGithubChecks } from '../integrations/ci/github-checks.ts';
import { createCommandDeploy } from '../integrations/deploy/command.ts';
import { createGit } from '../integrations/forge/git.ts';
import { createGithubForge } from '../integrations/forge/github.ts';
import { createScrapeMetrics } from '../integrations/metrics/scrape.ts';
import { createRunUntrusted } from '../integrations/process/run-untrusted.ts';
import { createJiraTracker } from '../integrations/tracker/jira.ts';

export type Adapters = Omit<ActivityDependencies, 'config' | 'store' | 'workDirectory' | 'door'>;

/** The real adapters the configuration asks for. Opens no connection. */
export function createAdapters(config: Config, secrets: Secrets): Adapters {
  const { tracker, forge, chat, agent, deploy, metrics, policy } = config;
  const github = { apiUrl: forge.apiUrl, token: secrets.GITHUB_TOKEN };
  const runUntrusted = createRunUntrusted({ isolation: policy.isolation });
  const cluster = createCommandDeploy({ command: deploy.command });
  return {
    tracker: createJiraTracker({ ...tracker, token: secrets.JIRA_TOKEN }),
    forge: createGithubForge(github),
    git: createGit({
      gitUrl: forge.gitUrl,
      readToken: secrets.GITHUB_TOKEN,
      writeToken: secrets.GITHUB_TOKEN,
    }),
    ci: createGithubChecks(github),
    chat: createSlackChat({ ...chat, token: secrets.SLACK_BOT_TOKEN }),
    agent:
      agent.kind === 'command'
        ? createCommandAgent({ command: agent.command, runUntrusted })
        : createRecordedAgent({ directory: agent.directory }),
    deploy: cluster,
    environments: cluster,
    metrics: createScrapeMetrics({ url: metrics.url }),
    runUntrusted,
  };
}
