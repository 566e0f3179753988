/**
 * Gets a clone ready: packages, build, Temporal server, database template. Runs before every `npm run
 * demo` and `npm test`, so it does nothing, fast, when nothing is missing. Node's own modules only:
 * at this moment there may be no others. Everything it says goes to stderr; stdout belongs to the
 * command that follows.
 */
import { assertNode, findProgram } from './set-up-machine.js';
import { SetUpError, say } from './set-up-run.js';
import { build } from './set-up-build.js';
import { dependencies } from './set-up-dependencies.js';
import { storeTemplate } from './set-up-store.js';
import { temporalServer } from './set-up-temporal.js';
import { withLock } from './set-up-lock.js';

/**
 * @typedef {object} Step
 * @property {string} lock the directory that only one set-up at a time may fill
 * @property {() => string | null} missing what is missing, for a person; null when nothing is
 * @property {() => Promise<void>} mend
 */

/** In this order: each needs the ones before it. */
const STEPS = { deps: dependencies, build, temporal: temporalServer, store: storeTemplate };

const USAGE = `Usage: node cli/set-up.js [--only ${Object.keys(STEPS).join('|')}]

Installs the packages, builds, and fetches the Temporal server: whatever is missing, and nothing else.

Examples:
  npm run setup
  node cli/set-up.js --only build
`;

/** @param {string[]} args @returns {(keyof typeof STEPS)[]} */
function chosenSteps(args) {
  const all = /** @type {(keyof typeof STEPS)[]} */ (Object.keys(STEPS));
  if (args.length === 0) return all;
  const [option, value] = args;
  const only = all.find((name) => name === value);
  if (option !== '--only' || args.length !== 2 || only === undefined) {
    throw new SetUpError(`set-up does not know "${args.join(' ')}".\n\n${USAGE}`, 2);
  }
  return [only];
}

/** @param {() => Step} open */
async function ensure(open) {
  if (open().missing() === null) return;
  const { lock } = open();
  await withLock(lock, async () => {
    const step = open();
    const missing = step.missing(); // whoever held the lock may have mended it
    if (missing === null) return;
    say(missing);
    await step.mend();
  });
}

/** @param {string[]} args */
async function main(args) {
  assertNode(process.versions.node);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return;
  }
  const steps = chosenSteps(args);
  if (findProgram('git') === null) {
    throw new SetUpError(
      'git is not on the PATH. Baton works on git repositories: install git.',
      3,
    );
  }
  for (const name of steps) await ensure(STEPS[name]);
}

main(process.argv.slice(2)).catch((/** @type {unknown} */ error) => {
  const known = error instanceof SetUpError;
  process.stderr.write(`${known ? error.message : String(error)}\n`);
  process.exitCode = known ? error.exitCode : 1;
});
