import { decisionRequest, type DecisionRequest } from '../domain/decision.schema.ts';
import { receiptShape } from '../gateway/api/shapes.schema.ts';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';
import { connectGateway, type ConnectionOptions } from './gateway-client.ts';
import { plain } from './plain-text.ts';
import { ticketPath } from './ticket.ts';

export interface DecisionOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly gate?: string;
  readonly subject?: string;
  readonly reason?: string;
  readonly question?: string;
  readonly value?: string;
}

/** `baton approve|reject|hold|resume|answer|rollback|cancel KEY`: the rules of every other channel. */
export async function decide(
  io: CommandLine,
  kind: DecisionRequest['kind'],
  key: string,
  options: DecisionOptions,
) {
  const { gate, subject, reason, question, value } = options;
  const given = Object.entries({ gate, subject, reason, question, value });
  const stated = Object.fromEntries(given.filter(([, text]) => text !== undefined));
  const request = decisionRequest.safeParse({ kind, ...stated });
  if (!request.success) {
    const faults = request.error.issues.map(
      ({ path, message }) => `--${path.map(String).join('.')}: ${message}`,
    );
    throw new CommandError(faults.join('\n'), EXIT.usage);
  }
  const gateway = connectGateway(io, options);
  const path = `${ticketPath(key)}/decisions`;
  const receipt = await gateway.post(path, request.data, receiptShape);
  const sentence = plain(receipt.sentence);
  if (options.json === true) printJson(io, receipt);
  else if (receipt.counted) io.out(`${sentence}\n`);
  if (receipt.pending) throw new CommandError(sentence, EXIT.unreachable);
  if (!receipt.counted) throw new CommandError(sentence);
}
