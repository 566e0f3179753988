import { examine } from '../worker/doctor.ts';
import { CommandError, printJson, type CommandLine } from './command-line.ts';
import { plain } from './plain-text.ts';

export interface DoctorOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** `baton doctor`: exit 1 when something is missing; warnings alone are exit 0. */
export async function doctor(io: CommandLine, { config, json }: DoctorOptions) {
  const findings = await examine({ config, environment: io.environment });
  const missing = findings.filter(({ state }) => state === 'missing');
  if (json === true) printJson(io, { ok: missing.length === 0, findings });
  else {
    for (const { what, state, detail, mend } of findings) {
      io.out(`${state.padEnd(8)} ${what.padEnd(14)} ${plain(detail)}\n`);
      if (mend !== null) io.out(`${''.padEnd(24)}-> ${mend}\n`);
    }
  }
  if (missing.length > 0) {
    throw new CommandError(`Missing: ${missing.map(({ what }) => what).join(', ')}.`);
  }
}
