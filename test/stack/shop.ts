import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { runBaton, startBaton, type Ran, type RunningBaton } from './baton-command.ts';
import * as contract from './contract.ts';
import { jiraAs, type JiraPerson } from './jira-person.ts';
import { waitUntil } from './wait-until.ts';

export type People = 'auto' | 'manual';

/** A sandbox and, once it was started, a stack on it: processes of their own over a directory of their own. */
export interface Shop {
  readonly directory: string;
  readonly sandboxDirectory: string;
  readonly stackDirectory: string;
  readonly addresses: z.infer<typeof contract.sandboxReady>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly requester: JiraPerson;
  readonly sandbox: RunningBaton;
  /** The stack that was started last. */
  readonly up: Up;
  startUp(): Promise<Up>;
  /** `baton ARGS` against this stack. */
  baton(...args: readonly string[]): Promise<Ran>;
  /** As the API shows it; null while it has none. */
  ticket(key: string): Promise<contract.Ticket | null>;
  untilTicket(
    key: string,
    wished: (ticket: contract.Ticket) => boolean,
    withinMs?: number,
  ): Promise<contract.Ticket>;
  effects(): Promise<contract.Effects>;
  /** Ends what runs and removes the directory. */
  close(): Promise<void>;
}

export interface Up extends z.infer<typeof contract.upReady> {
  readonly process: RunningBaton;
}

/** A sandbox with a stack on it. */
export async function openShop(people: People): Promise<Shop> {
  const shop = await openSandbox(people);
  try {
    await shop.startUp();
    return shop;
  } catch (error) {
    await shop.close();
    throw error;
  }
}

/** The sandbox alone; `startUp` starts the stack. */
export async function openSandbox(people: People): Promise<Shop> {
  const directory = await mkdtemp(join(tmpdir(), 'baton-stack-'));
  const sandboxDirectory = join(directory, 'sandbox');
  const stackDirectory = join(directory, 'baton');
  const args = ['sandbox', '--data-dir', sandboxDirectory, '--people', people, '--json'];
  const sandbox = await startBaton(args);
  const running = [sandbox];
  const close = async () => {
    await Promise.all(running.toReversed().map(end));
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const addresses = contract.sandboxReady.parse(JSON.parse(await sandbox.firstLine()));
    const secrets = readSecrets(addresses.secrets);
    let up: Up | null = null;
    const url = () => {
      if (up === null) throw new Error('no stack was started');
      return up.url;
    };
    const shop: Shop = {
      directory,
      sandboxDirectory,
      stackDirectory,
      addresses,
      secrets,
      sandbox,
      requester: jiraAs('requester', addresses.jira, secrets.JIRA_TOKEN ?? ''),
      close,
      get up() {
        url();
        return up as Up;
      },
      async startUp() {
        const { config } = addresses;
        const started = await startBaton([
          'up',
          '--config',
          config,
          '--data-dir',
          stackDirectory,
          '--json',
        ]);
        running.push(started);
        up = { ...contract.upReady.parse(JSON.parse(await started.firstLine())), process: started };
        return up;
      },
      baton: (...given) => runBaton([...given, '--url', url()]),
      async ticket(key) {
        const response = await fetch(`${url()}/api/tickets/${key}`);
        return response.ok ? contract.ticket.parse(await response.json()) : null;
      },
      async untilTicket(key, wished, withinMs = 60_000) {
        let last = 'not there';
        const look = async () => {
          const found = await shop.ticket(key);
          last = JSON.stringify(found);
          return found !== null && wished(found) && found;
        };
        return waitUntil(`${key} as wished`, look, { withinMs, everyMs: 100 }).catch(
          (error: unknown) => {
            throw new Error(`${String(error)}; it was ${last}; ${up?.process.err() ?? ''}`);
          },
        );
      },
      async effects() {
        const read = ['sandbox', 'effects', '--data-dir', sandboxDirectory, '--json'];
        return contract.onlyLine((await runBaton(read)).out, contract.effects);
      },
    };
    return shop;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ends a command in order, or by force when it takes too long. */
async function end(command: RunningBaton): Promise<void> {
  command.signal('SIGTERM');
  const timer = setTimeout(() => command.signal('SIGKILL'), 10_000);
  await command.ended;
  clearTimeout(timer);
}

export function readSecrets(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
