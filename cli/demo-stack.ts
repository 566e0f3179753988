import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfiguration, type Configuration } from '../worker/configuration.ts';
import { loadSecrets } from '../worker/secrets.ts';
import { readCommand, startCommand, type ChildCommand } from './child-command.ts';
import { createRequester, type Requester } from './demo-requester.ts';
import type { TicketOutcome } from './scenarios.ts';

const sandboxReady = z.object({ config: z.string() });
const upReady = z.object({ url: z.string(), temporal: z.string() });
const effectList = z.array(
  z.object({ system: z.string(), kind: z.string(), key: z.string(), count: z.number() }),
);

/** A sandbox and a whole stack on it, each a process of its own, with their state in a new directory. */
export interface DemoStack {
  readonly directory: string;
  readonly url: string;
  readonly temporal: string;
  readonly configuration: Configuration;
  readonly requester: Requester;
  readEffects(): Promise<TicketOutcome['effects']>;
  /** Settles when one of the two ended by itself, with what it said last. */
  readonly broken: Promise<string>;
  close(): Promise<void>;
}

export async function startDemoStack({
  keep,
  say,
}: {
  readonly keep: boolean;
  readonly say: (sentence: string) => void;
}): Promise<DemoStack> {
  const directory = mkdtempSync(join(tmpdir(), 'baton-demo-'));
  const started: ChildCommand[] = [];
  const close = async () => {
    for (const child of started.splice(0).reverse()) await child.stop();
    if (!keep) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const shop = join(directory, 'sandbox');
    say('starting the sandbox: stand-ins of Jira, GitHub, Slack and a cluster');
    const args = ['sandbox', '--data-dir', shop, '--people', 'auto', '--json'];
    const sandbox = await startCommand(args);
    started.push(sandbox);
    const { config } = sandboxReady.parse(await sandbox.ready);
    const configuration = loadConfiguration(config);
    const { JIRA_TOKEN } = loadSecrets(configuration, {});
    say('starting Baton: Temporal, store, worker and gateway');
    const stack = ['up', '--config', config, '--data-dir', join(directory, 'baton'), '--json'];
    const up = await startCommand(stack);
    started.push(up);
    const { url, temporal } = upReady.parse(await up.ready);
    return {
      directory,
      url,
      temporal,
      configuration,
      requester: createRequester(configuration.config, JIRA_TOKEN),
      readEffects: async () =>
        effectList.parse(await readCommand(['sandbox', 'effects', '--data-dir', shop, '--json'])),
      broken: Promise.race([
        sandbox.ended.then((last) => `the sandbox ended:\n${last}`),
        up.ended.then((last) => `baton up ended:\n${last}`),
      ]),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
