import { ticketsShape } from '../gateway/api/shapes.schema.ts';
import { printJson, type CommandLine } from './command-line.ts';
import { connectGateway, type ConnectionOptions } from './gateway-client.ts';
import { plain } from './plain-text.ts';
import { statusSentence } from './ticket-view.ts';

export interface TicketsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly stage?: string;
  readonly open?: boolean;
  readonly after?: string;
  readonly limit?: string;
}

/** `baton tickets`: the tickets that have a workflow, the last changed first. */
export async function listTickets(io: CommandLine, options: TicketsOptions) {
  const { tickets, next } = await connectGateway(io, options).get(
    `/api/tickets${query(options)}`,
    ticketsShape,
  );
  if (options.json === true) {
    printJson(io, { tickets, next });
    return;
  }
  if (tickets.length === 0) {
    io.err('No ticket yet. Move one to the start status in Jira, or: baton start KEY\n');
    return;
  }
  const width = Math.max(...tickets.map(({ key }) => key.length));
  for (const ticket of tickets) {
    const where = `${ticket.stage}/${ticket.round}`.padEnd(14);
    io.out(`${ticket.key.padEnd(width)}  ${where}  ${plain(statusSentence(ticket))}\n`);
  }
  if (next !== null) io.err(`There are more: baton tickets --after ${next}\n`);
}

function query({ stage, open, after, limit }: TicketsOptions): string {
  const wanted = { stage, open: open === true ? 'true' : undefined, after, limit };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) search.set(name, value);
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
