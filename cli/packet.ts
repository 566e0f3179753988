import { stringify } from 'yaml';
import { packetShape, ticketShape } from '../gateway/api/shapes.schema.ts';
import { CommandError, printJson, type CommandLine } from './command-line.ts';
import { connectGateway, type ConnectionOptions } from './gateway-client.ts';
import { plain } from './plain-text.ts';
import { ticketPath } from './ticket.ts';

export interface PacketOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly version?: string;
}

/** `baton packet KEY`: the newest packet, or one version of it; YAML for people, JSON for programs. */
export async function showPacket(io: CommandLine, key: string, options: PacketOptions) {
  const gateway = connectGateway(io, options);
  const ticket = ticketPath(key);
  const version = options.version ?? (await gateway.get(ticket, ticketShape)).packet?.version;
  if (version === undefined) {
    throw new CommandError(
      `${key} has no packet yet: the first is sealed when its spec is complete.`,
    );
  }
  const packet = await gateway.get(`${ticket}/packets/${version}`, packetShape);
  if (options.json === true) {
    printJson(io, packet);
    return;
  }
  const lines = stringify(packet, { lineWidth: 100 }).split('\n');
  io.out(lines.map(plain).join('\n'));
}
