import { auditVerdictShape } from '../gateway/api/shapes.schema.ts';
import { CommandError, printJson, type CommandLine } from './command-line.ts';
import { connectGateway, type ConnectionOptions } from './gateway-client.ts';

export interface AuditOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** `baton audit verify`: checks the hash chain; exit 1 and the first broken entry when it does not hold. */
export async function verifyAudit(io: CommandLine, options: AuditOptions) {
  const found = await connectGateway(io, options).get('/api/audit/verify', auditVerdictShape);
  if (options.json === true) printJson(io, found);
  else if (found.valid) io.out(`The audit log holds: ${found.entries} entries, unbroken.\n`);
  if (found.valid) return;
  const { brokenAt, because, entries } = found;
  throw new CommandError(
    `The audit log is broken at entry ${brokenAt ?? 'unknown'} of ${entries}: ${because ?? 'the chain does not hold'}.`,
  );
}
