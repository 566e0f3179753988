import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { EXIT, type CommandLine, type ExitCode } from './command-line.ts';
import { addClientCommands } from './client-commands.ts';
import { addStackCommands } from './stack-commands.ts';
import { explain } from './explain.ts';

const SUMMARY =
  'Carries a software ticket from its spec to stable in production, and its context with it at every handoff.';

const EXAMPLES = `
Examples:
  $ baton demo                                   one ticket, end to end, on this machine
  $ baton sandbox --data-dir /tmp/shop           the stand-ins of Jira, GitHub, Slack and a cluster
  $ baton up --config /tmp/shop/baton.yaml       the whole stack
  $ baton tickets                                what every ticket waits for
  $ baton approve SHOP-1 --gate release          decide

Exit codes: 0 done, 1 it failed or fell short, 2 wrong usage, 3 a dependency cannot be reached.
Data goes to stdout, messages to stderr; every reading command has --json.`;

/** The whole command line, without side effects until it is told to parse. Each action loads its code when asked for. */
export function createProgram(io: CommandLine): Command {
  const program = new Command('baton')
    .description(SUMMARY)
    .version(ownVersion())
    .enablePositionalOptions() // so that `packet --version N` is the packet's
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', EXAMPLES);
  configure(program, io);
  addStackCommands(program, io);
  addClientCommands(program, io);
  for (const command of descendants(program)) configure(command, io);
  return program;
}

function configure(command: Command, io: CommandLine): void {
  command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
}

/** Every command below this one. */
export function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

/** Runs one command line and answers its exit code. Never throws: the one place where errors become sentences. */
export async function execute(args: readonly string[], io: CommandLine): Promise<ExitCode> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { sentence, exitCode } = explain(error, io.environment);
    io.err(`${sentence}\n`);
    return exitCode;
  }
}

/** What `cli/baton.js` calls with `process.argv`. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const io: CommandLine = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    environment: process.env,
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done); // `baton tickets | head`
  });
  process.on('uncaughtException', (error) => {
    const { sentence } = explain(error, process.env);
    process.stderr.write(`${sentence}\n`);
    process.exit(EXIT.failed);
  });
  process.exitCode = await execute(argv.slice(2), io);
}

function ownVersion(): string {
  const manifest = join(packageRoot(), 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** The folder with `package.json`: this file runs from the sources and from the build in it. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      readFileSync(join(directory, 'package.json'));
      return directory;
    } catch {
      const parent = dirname(directory);
      if (parent === directory) throw new Error('package.json is not above this file');
      directory = parent;
    }
  }
}
