import type { Logger } from 'pino';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import type { Secrets } from '../domain/config.schema.ts';
import type { Configuration } from '../worker/configuration.ts';
import type { Runtime } from '../worker/compose.ts';
import { CommandError, type CommandLine } from './command-line.ts';
import { takenSentence } from './port-holder.ts';

export type Undo = () => Promise<void> | void;

/** Unwinds in reverse what was started; one failing undo never stops the next. */
export async function undoAll(undo: Undo[], io: Pick<CommandLine, 'err'>): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      io.err(`While stopping: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

/** The gateway of this process, given what it needs of the runtime. */
export function gatewayOf(
  { store, client, adapters }: Runtime,
  {
    configuration,
    secrets,
    log,
  }: {
    readonly configuration: Configuration;
    readonly secrets: Secrets;
    readonly log: Logger;
  },
): Gateway {
  return createGateway({
    config: configuration.config,
    secrets,
    store,
    temporal: client,
    answerOnPullRequest: async ({ sentence, ...where }) => {
      const card = { title: sentence, parts: [], actions: [], footer: null };
      await adapters.forge.comment({ ...where, card });
    },
    readTicket: (input) => adapters.tracker.readTicket(input),
    log,
    clock: Date.now,
  });
}

/** @throws CommandError saying who has the port */
export async function listen(gateway: Gateway, address: string): Promise<string> {
  try {
    return (await gateway.listen()).url;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandError(takenSentence(address));
  }
}
