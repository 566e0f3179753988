import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TemporalAddress } from '../temporal/connection.ts';
import { ticketShape } from '../gateway/api/shapes.schema.ts';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';
import { connectGateway, type ConnectionOptions } from './gateway-client.ts';
import { readHistories } from './histories.ts';
import { findRunning } from './running.ts';
import { ticketPath } from './ticket.ts';

export interface HistoryOptions extends ConnectionOptions {
  readonly out: string;
  readonly temporal?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

/** `baton history KEY --out DIR`: what `baton replay` reads. */
export async function recordHistory(io: CommandLine, key: string, options: HistoryOptions) {
  const gateway = connectGateway(io, options);
  await gateway.get(ticketPath(key), ticketShape); // an unknown ticket is refused in the gateway's words
  const runs = await readHistories(placeOf(io, gateway.url, options), key);
  if (runs.length === 0) throw new CommandError(`Temporal has no workflow of ${key} (any more)`);
  const directory = resolve(options.out);
  mkdirSync(directory, { recursive: true });
  const files = runs.map((run, index) => {
    const before = runs.slice(0, index).filter(({ workflowId }) => workflowId === run.workflowId);
    const name = `${run.workflowId.replaceAll('/', '__')}.${before.length + 1}.json`;
    writeFileSync(join(directory, name), historyToJSON(run.history));
    return name;
  });
  const events = runs.reduce((total, { history }) => total + (history.events?.length ?? 0), 0);
  if (options.json === true) printJson(io, { key, directory, files, events });
  else {
    for (const file of files) io.out(`${file}\n`);
    io.err(
      `${files.length} runs, ${events} events, in ${directory}. Now: baton replay ${directory}\n`,
    );
  }
}

function placeOf(
  { environment }: CommandLine,
  url: string,
  { temporal, namespace }: HistoryOptions,
): TemporalAddress {
  const running = findRunning(url);
  const address = temporal ?? running?.temporal ?? (environment.TEMPORAL_ADDRESS || undefined);
  if (address === undefined) {
    throw new CommandError(
      `${url} is not a \`baton up\` of this machine. Say where its Temporal is: --temporal HOST:PORT`,
      EXIT.usage,
    );
  }
  return { address, namespace: namespace ?? running?.namespace ?? 'default' };
}
