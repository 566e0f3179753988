import { historyShape, ticketShape, type TicketShape } from '../gateway/api/shapes.schema.ts';
import { printJson, type CommandLine } from './command-line.ts';
import { connectGateway, type ConnectionOptions, type GatewayClient } from './gateway-client.ts';
import { plain } from './plain-text.ts';
import { statusSentence } from './ticket-view.ts';

export interface TicketOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** `baton ticket KEY`: one ticket with its waiting sentence. */
export async function showTicket(io: CommandLine, key: string, options: TicketOptions) {
  const gateway = connectGateway(io, options);
  const ticket = await gateway.get(ticketPath(key), ticketShape);
  if (options.json === true) {
    printJson(io, ticket);
    return;
  }
  printTicket(io, ticket);
  await printOpenMatters(io, gateway, ticket);
}

/** `baton start KEY`: starting a started ticket changes nothing and is no error. */
export async function startTicket(io: CommandLine, key: string, options: TicketOptions) {
  const gateway = connectGateway(io, options);
  const ticket = await gateway.post('/api/tickets', { key }, ticketShape);
  if (options.json === true) {
    printJson(io, ticket);
    return;
  }
  printTicket(io, ticket);
}

export function ticketPath(key: string): string {
  return `/api/tickets/${encodeURIComponent(key)}`;
}

function printTicket(io: CommandLine, ticket: TicketShape): void {
  const { key, title, stage, round, packet, startedAt, endedAt } = ticket;
  io.out(`${key}  ${plain(title)}\n${plain(statusSentence(ticket))}\n\n`);
  io.out(`stage    ${stage}, round ${round}\n`);
  io.out(
    `packet   ${packet === null ? 'none yet' : `version ${packet.version}, ${packet.hash}`}\n`,
  );
  io.out(`started  ${startedAt}\n`);
  if (endedAt !== null) io.out(`ended    ${endedAt}\n`);
}

/** What a person needs to decide from here: the gate's content hash, the questions' ids. */
async function printOpenMatters(io: CommandLine, gateway: GatewayClient, ticket: TicketShape) {
  if (ticket.outcome !== null || ticket.waiting === null) return;
  const path = `${ticketPath(ticket.key)}/history?limit=1`;
  const { openGate, questions } = await gateway.get(path, historyShape);
  if (openGate !== null) io.out(`gate     ${openGate.gate}, ${openGate.subject}\n`);
  for (const { id, text, answer } of questions) {
    if (answer === null) io.out(`asked    ${id}: ${plain(text)}\n`);
  }
}
