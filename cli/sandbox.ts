import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readEffects } from '../sandbox/effects.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';
import { untilToldToStop } from './stop.ts';

export interface SandboxOptions {
  readonly dataDir: string;
  readonly people: string;
  readonly json?: boolean;
}

export interface EffectsOptions {
  readonly dataDir: string;
  readonly json?: boolean;
}

/** `baton sandbox`: the stand-ins alone, until told to stop. */
export async function sandbox(io: CommandLine, { dataDir, people, json }: SandboxOptions) {
  if (people !== 'auto' && people !== 'manual') {
    throw new CommandError(`--people is auto or manual, not "${people}"`, EXIT.usage);
  }
  const log = (line: string) => io.err(`${line}\n`);
  const running = await startSandbox({ dataDir: resolve(dataDir), people, log });
  const { ready } = running;
  if (json === true) printJson(io, ready);
  else {
    io.out(
      `The sandbox is ready.\n  Jira    ${ready.jira}\n  GitHub  ${ready.github}\n  Slack   ${ready.slack}\n`,
    );
    io.out(`  secrets ${ready.secrets}\nNow: baton up --config ${ready.config}\n`);
  }
  await untilToldToStop();
  await running.close();
}

/** `baton sandbox effects`: what the outside saw, in the order in which each was first seen. */
export function effects(io: CommandLine, { dataDir, json }: EffectsOptions): void {
  const directory = resolve(dataDir);
  if (!existsSync(directory)) {
    throw new CommandError(`There is no sandbox in ${directory}. Name its --data-dir.`);
  }
  const seen = readEffects(directory);
  if (json === true) {
    printJson(io, seen);
    return;
  }
  for (const { system, kind, key, count } of seen) {
    io.out(
      `${system.padEnd(8)} ${kind.padEnd(12)} ${key}${count === 1 ? '' : `  ${count} times`}\n`,
    );
  }
}
