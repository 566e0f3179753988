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
import { ConfigurationError } from './configuration.ts';

export type Adapters = Omit<ActivityDependencies, 'config' | 'store' | 'workDirectory' | 'door'>;

/** The real adapters the configuration asks for. Opens no connection. */
export function createAdapters(
  config: Config,
  secrets: Secrets,
  environment: NodeJS.ProcessEnv = process.env,
): Adapters {
  const { tracker, forge, chat, deploy, metrics, policy } = config;
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
    agent: createAgent(config, environment),
    deploy: cluster,
    environments: cluster,
    metrics: createScrapeMetrics({ url: metrics.url }),
    runUntrusted,
  };
}

/** An agent is given the variables the operator names and nothing else of ours; its installation is readable to it alone. */
function createAgent({ agent, policy }: Config, environment: NodeJS.ProcessEnv): Adapters['agent'] {
  if (agent.kind === 'recorded') return createRecordedAgent({ directory: agent.directory });
  const given = Object.fromEntries(
    agent.environment.flatMap((name) =>
      environment[name] === undefined ? [] : [[name, environment[name]]],
    ),
  );
  const missing = agent.environment.filter((name) => !(name in given));
  if (missing.length > 0)
    throw new ConfigurationError(
      `agent.environment names ${missing.join(', ')}, which this process was not given`,
    );
  const runUntrusted = createRunUntrusted({
    isolation: policy.isolation,
    readOnlyPaths: agent.readOnlyPaths,
  });
  return createCommandAgent({ command: agent.command, runUntrusted, environment: given });
}
