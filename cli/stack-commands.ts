import type { Command } from 'commander';
import { examples } from './client-commands.ts';
import type { CommandLine } from './command-line.ts';
import type { EffectsOptions, SandboxOptions } from './sandbox.ts';
import type { ProcessOptions } from './processes.ts';
import type { DoctorOptions } from './doctor.ts';
import type { MigrateOptions } from './migrate.ts';
import type { DemoOptions } from './demo.ts';
import type { UpOptions } from './up.ts';

const CONFIG = ['--config <file>', 'the configuration', 'baton.yaml'] as const;
const DATA_DIR = ['--data-dir <directory>', 'where its state is kept', '.baton'] as const;

/** The commands that start or keep the stack. */
export function addStackCommands(program: Command, io: CommandLine): void {
  examples(
    program
      .command('up')
      .description('the whole stack on this machine: Temporal, store, worker, gateway')
      .option(...CONFIG)
      .option(...DATA_DIR)
      .option('--json', 'exactly one line, { ready, url, temporal, pid }, when ready')
      .action(async (options: UpOptions) => (await import('./up.ts')).up(io, options)),
    'up',
    'up --config /tmp/shop/baton.yaml --data-dir /tmp/baton --json',
  );
  addSandbox(program, io);
  examples(
    program
      .command('demo')
      .description('one scenario, end to end, in front of your eyes; ends by itself')
      .option('--scenario <name>', 'which one, or all', 'happy')
      .option('--keep', 'keep its temporary directory')
      .option('--json', 'one JSON value on one line, and nothing else on stdout')
      .action(async (options: DemoOptions) => (await import('./demo.ts')).demo(io, options)),
    'demo',
    'demo --scenario canary-rollback',
    'demo --json',
  );
  for (const [name, description] of [
    ['worker', 'the workflows and activities alone: for clusters and compose'],
    ['gateway', 'the HTTP edge alone: for clusters and compose'],
  ] as const) {
    examples(
      program
        .command(name)
        .description(description)
        .option(...CONFIG)
        .action(async (options: ProcessOptions) => {
          if (name === 'worker')
            return (await import('./processes.ts')).runWorkerProcess(io, options);
          return (await import('./processes.ts')).runGatewayProcess(io, options);
        }),
      `${name} --config /etc/baton/baton.yaml`,
    );
  }
  examples(
    program
      .command('migrate')
      .description('bring the store and the search attributes up to date; harmless when they are')
      .option(...CONFIG)
      .option('--json', 'one JSON value on one line')
      .action(async (options: MigrateOptions) =>
        (await import('./migrate.ts')).migrate(io, options),
      ),
    'migrate --config /etc/baton/baton.yaml',
  );
  examples(
    program
      .command('doctor')
      .description('name what is missing, and how to mend it')
      .option(...CONFIG)
      .option('--json', 'one JSON value on one line')
      .action(async (options: DoctorOptions) => (await import('./doctor.ts')).doctor(io, options)),
    'doctor --config baton.yaml',
  );
}

function addSandbox(program: Command, io: CommandLine): void {
  const sandbox = program
    .command('sandbox')
    .enablePositionalOptions() // so that `sandbox effects --data-dir D` is that of the effects
    .description(
      'the stand-ins of Jira, GitHub, Slack and a cluster, and the sample system they serve',
    )
    .option('--data-dir <directory>', 'where their state is kept', '.baton-sandbox')
    .option(
      '--people <how>',
      'auto: scripted people press the buttons; manual: nobody does',
      'manual',
    )
    .option(
      '--json',
      'exactly one line, { ready, jira, github, slack, config, secrets }, when ready',
    )
    .action(async (options: SandboxOptions) => (await import('./sandbox.ts')).sandbox(io, options));
  examples(
    sandbox,
    'sandbox --data-dir /tmp/shop --people auto',
    'sandbox effects --data-dir /tmp/shop',
  );
  examples(
    sandbox
      .command('effects')
      .description('what the outside saw, readable while the sandbox runs')
      .option('--data-dir <directory>', 'of the sandbox', '.baton-sandbox')
      .option('--json', 'one array of { system, kind, key, count }')
      .action(async (options: EffectsOptions) =>
        (await import('./sandbox.ts')).effects(io, options),
      ),
    'sandbox effects --data-dir /tmp/shop --json',
  );
}
