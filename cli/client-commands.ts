import type { Command } from 'commander';
import type { DecisionRequest } from '../domain/decision.schema.ts';
import type { CommandLine } from './command-line.ts';
import type { TicketOptions } from './ticket.ts';
import type { TicketsOptions } from './tickets.ts';
import type { PacketOptions } from './packet.ts';
import type { DecisionOptions } from './decide.ts';
import type { AuditOptions } from './audit.ts';
import type { HistoryOptions } from './history.ts';
import type { ReplayOptions } from './replay.ts';

/** The commands that talk to a running stack. */
export function addClientCommands(program: Command, io: CommandLine): void {
  addReading(program, io);
  addDecisions(program, io);
  addRecords(program, io);
}

/** What every command that talks to a running stack can be told. */
export function connected(command: Command): Command {
  return command
    .option('--url <address>', 'the running stack (else BATON_URL, else http://127.0.0.1:7460)')
    .option('--as <person>', 'who you are, by id in baton.yaml (else BATON_AS, else people.local)')
    .option('--json', 'one JSON value on one line');
}

export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${lines.map((l) => `  $ baton ${l}`).join('\n')}`,
  );
}

const KEY = ['<key>', 'the ticket, as SHOP-142'] as const;

function addReading(program: Command, io: CommandLine): void {
  examples(
    connected(program.command('start').argument(...KEY))
      .description(
        'start a ticket by hand, as moving it in Jira would; harmless when it has started',
      )
      .action(async (key: string, options: TicketOptions) =>
        (await import('./ticket.ts')).startTicket(io, key, options),
      ),
    'start SHOP-1',
    'start SHOP-1 --json --url http://127.0.0.1:8460',
  );
  examples(
    connected(program.command('tickets'))
      .description('list the tickets with what each waits for')
      .option('--stage <stage>', 'only those in this stage')
      .option('--open', 'only those that have not ended')
      .option('--after <place>', 'the next page: what the last one called `next`')
      .option('--limit <count>', 'how many at most')
      .action(async (options: TicketsOptions) =>
        (await import('./tickets.ts')).listTickets(io, options),
      ),
    'tickets --open',
    'tickets --stage review --json',
  );
  examples(
    connected(program.command('ticket').argument(...KEY))
      .description('show one ticket with its waiting sentence')
      .action(async (key: string, options: TicketOptions) =>
        (await import('./ticket.ts')).showTicket(io, key, options),
      ),
    'ticket SHOP-1',
    'ticket SHOP-1 --json',
  );
  examples(
    connected(program.command('packet').argument(...KEY))
      .description('print a handoff packet: the newest, or one version')
      .option('--version <number>', 'which version, from 1')
      .action(async (key: string, options: PacketOptions) =>
        (await import('./packet.ts')).showPacket(io, key, options),
      ),
    'packet SHOP-1',
    'packet SHOP-1 --version 3 --json',
  );
}

function addDecisions(program: Command, io: CommandLine): void {
  const decision = (kind: DecisionRequest['kind'], description: string) =>
    connected(program.command(kind).argument(...KEY))
      .description(description)
      .action(async (key: string, options: DecisionOptions) =>
        (await import('./decide.ts')).decide(io, kind, key, options),
      );
  const GATE = ['--gate <gate>', 'spec, review or release'] as const;
  const SUBJECT = [
    '--subject <hash>',
    'the content hash you looked at (else the open one)',
  ] as const;
  const REASON = ['--reason <text>', 'why; kept in the audit log'] as const;

  examples(
    decision('approve', 'approve what stands at a gate')
      .requiredOption(...GATE)
      .option(...SUBJECT)
      .option(...REASON),
    'approve SHOP-1 --gate release --as approver',
    'approve SHOP-1 --gate spec --reason "as discussed"',
  );
  examples(
    decision('reject', 'reject what stands at a gate')
      .requiredOption(...GATE)
      .option(...SUBJECT)
      .requiredOption(...REASON),
    'reject SHOP-1 --gate review --reason "the negative case is missing"',
  );
  examples(
    decision('hold', 'stop before the next step until somebody resumes').requiredOption(...REASON),
    'hold SHOP-1 --reason "Friday afternoon"',
  );
  examples(decision('resume', 'go on with a held ticket').option(...REASON), 'resume SHOP-1');
  examples(
    decision('answer', 'answer a question that a ticket waits for')
      .requiredOption('--question <id>', 'which question: its id')
      .requiredOption('--value <text>', 'the answer'),
    'answer SHOP-4 --question goal --value "Customers see free shipping from 50 EUR on"',
  );
  examples(
    decision('rollback', 'roll back a running rollout').option(...REASON),
    'rollback SHOP-1 --reason "complaints by telephone"',
  );
  examples(
    decision('cancel', 'end a ticket and undo what it left').option(...REASON),
    'cancel SHOP-1 --reason "no longer wanted"',
  );
}

function addRecords(program: Command, io: CommandLine): void {
  const audit = program.command('audit').description('the hash-chained log of every state change');
  examples(audit, 'audit verify');
  examples(
    connected(audit.command('verify'))
      .description('check the whole chain and name the first broken entry')
      .action(async (options: AuditOptions) =>
        (await import('./audit.ts')).verifyAudit(io, options),
      ),
    'audit verify',
    'audit verify --json',
  );
  examples(
    connected(program.command('history').argument(...KEY))
      .description('record one JSON file for every run of every workflow of a ticket')
      .requiredOption('--out <directory>', 'where the files go; made when missing')
      .option('--temporal <address>', 'host:port of Temporal (else the one the stack uses)')
      .option('--namespace <name>', 'the namespace in it')
      .action(async (key: string, options: HistoryOptions) =>
        (await import('./history.ts')).recordHistory(io, key, options),
      ),
    'history SHOP-1 --out histories',
  );
  examples(
    program
      .command('replay')
      .argument('<directory>', 'with recorded histories, one JSON file each')
      .description("replay recorded histories against today's workflows")
      .option('--json', 'one JSON value on one line')
      .action(async (directory: string, options: ReplayOptions) =>
        (await import('./replay.ts')).replay(io, directory, options),
      ),
    'replay histories',
    'replay test/histories --json',
  );
}
