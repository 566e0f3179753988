import { auditVerdictShape } from '../gateway/api/shapes.schema.ts';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';
import { startDemoStack, type DemoStack } from './demo-stack.ts';
import { playScenario, type Played } from './demo-play.ts';
import { connectGateway } from './gateway-client.ts';
import { SCENARIOS, findScenarios, type Scenario } from './scenarios.ts';
import { onStop } from './stop.ts';

export interface DemoOptions {
  readonly scenario: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `baton demo`: sandbox and stack as processes of their own, one ticket after the other, and a verdict. */
export async function demo(io: CommandLine, options: DemoOptions) {
  const scenarios = findScenarios(options.scenario);
  if (scenarios === undefined) {
    const known = [...SCENARIOS.map(({ name }) => name), 'all'].join(', ');
    throw new CommandError(
      `There is no scenario "${options.scenario}". There are: ${known}`,
      EXIT.usage,
    );
  }
  const show = (line: string) => (options.json === true ? io.err : io.out)(`${line}\n`);
  const stop = new AbortController();
  const forget = onStop(() => stop.abort());
  try {
    const stack = await startDemoStack({ keep: options.keep === true, say: show });
    try {
      await play(io, { stack, scenarios, options, show, signal: stop.signal });
    } finally {
      await stack.close();
      if (options.keep === true) show(`Kept: ${stack.directory}`);
    }
  } finally {
    forget();
  }
}

interface Play {
  readonly stack: DemoStack;
  readonly scenarios: readonly Scenario[];
  readonly options: DemoOptions;
  readonly show: (line: string) => void;
  readonly signal: AbortSignal;
}

async function play(io: CommandLine, { stack, scenarios, options, show, signal }: Play) {
  if (stack.configuration.config.policy.isolation === 'none') {
    show(
      'isolation: none, because bubblewrap cannot be used here; what runs is the sample system’s own code',
    );
  }
  show(`Baton is at ${stack.url} while this runs.`);
  const played: Played[] = [];
  for (const scenario of scenarios) {
    show(`\n${scenario.name}: ${scenario.about}\n`);
    played.push(await playScenario(stack, scenario, { show, signal }));
  }
  const { entries, valid } = await connectGateway(io, { url: stack.url }).get(
    '/api/audit/verify',
    auditVerdictShape,
  );
  const faults = played.flatMap((one) => one.faults);
  const ok = valid && faults.length === 0;
  for (const one of played) one.summary.forEach(show);
  show(`  audit log    ${entries} entries, ${valid ? 'the chain holds' : 'THE CHAIN IS BROKEN'}`);
  if (options.json === true) {
    const tickets = played.map(({ ticket }) => ticket);
    printJson(io, { scenario: options.scenario, ok, tickets, audit: { entries, valid } });
  } else whereToLookNext(show, options.scenario);
  if (!ok)
    throw new CommandError('The outcome is not the scenario’s; see the lines marked with ! above.');
}

function whereToLookNext(show: (line: string) => void, scenario: string): void {
  const other = SCENARIOS.find(({ name }) => name !== scenario && scenario !== 'all');
  show('\nWhere to look next:');
  if (other !== undefined) show(`  npm run demo -- --scenario ${other.name}   ${other.about}`);
  show('  docs/tutorial.md   the same ticket by hand: what each stage does and shows');
  show('  npx --no-install baton --help');
}
