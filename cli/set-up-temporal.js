import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { ROOT, cacheDirectory, findProgram, isProgram } from './set-up-machine.js';
import { SetUpError, run, say } from './set-up-run.js';

/** The newest whose module has no `replace` lines, with which `go install` refuses to work. */
const MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
/** A download that brings nothing for so long will not bring anything. */
const STALLED_MS = 20_000;
const PROGRESS_MS = 30_000;

/** Where set-up keeps the server; `temporal/` looks for it there too. */
const cached = () => join(cacheDirectory(), 'bin', 'temporal');

/** The Temporal server: somebody else's, the PATH's, ours. @returns {import('./set-up.js').Step} */
export function temporalServer() {
  return {
    lock: cacheDirectory(),
    missing() {
      if (process.env.TEMPORAL_ADDRESS) return null;
      if (findProgram('temporal') !== null || isProgram(cached())) return null;
      return 'fetching the Temporal server (about 100 MB, once)';
    },
    async mend() {
      mkdirSync(join(cacheDirectory(), 'bin'), { recursive: true });
      const work = mkdtempSync(join(cacheDirectory(), 'fetching-'));
      try {
        const program = (await download(work)) ?? (await compile(work));
        renameSync(program, cached());
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
      say(`the Temporal server is in ${cached()}`);
    },
  };
}

/** The SDK's own download. @param {string} directory @returns {Promise<string | null>} the program */
async function download(directory) {
  const abort = new AbortController();
  let seen = 0;
  let since = Date.now();
  const watch = setInterval(() => {
    const size = sizeOf(directory);
    if (size !== seen) [seen, since] = [size, Date.now()];
    else if (Date.now() - since > STALLED_MS) abort.abort();
  }, 500);
  const script = join(ROOT, 'cli', 'set-up-download.js');
  const problem = await run(process.execPath, [script, directory], {
    cwd: ROOT,
    signal: abort.signal,
  });
  clearInterval(watch);
  const program = listed(directory).find(isProgram);
  if (problem === null && program !== undefined && (await works(program))) return program;
  const why = abort.signal.aborted ? `nothing came for ${STALLED_MS / 1000} s` : 'it did not work';
  say(`the download of the Temporal server was given up: ${why}`);
  return null;
}

/** @param {string} directory @returns {Promise<string>} the program */
async function compile(directory) {
  const go = findProgram('go');
  if (go === null) throw unavailable('there is no Go to build it with');
  const began = Date.now();
  say('building it with Go instead (about three minutes on two cores, once)');
  const progress = setInterval(() => {
    say(`still building the Temporal server (${Math.round((Date.now() - began) / 1000)} s)`);
  }, PROGRESS_MS);
  const problem = await run(go, ['install', MODULE], {
    cwd: directory,
    env: { GOBIN: directory },
    signal: new AbortController().signal,
  });
  clearInterval(progress);
  const program = join(directory, 'temporal');
  if (problem === null && (await works(program))) return program;
  throw unavailable(`go install did not work (${problem ?? 'what it built does not run'})`);
}

/** @param {string} why */
function unavailable(why) {
  return new SetUpError(
    `The Temporal server could not be had: the download failed and ${why}.
Any of these mends it; then run this again:
  - install Temporal's command line (https://docs.temporal.io/cli) so that \`temporal\` is on the PATH
  - set TEMPORAL_ADDRESS=host:port to use a server that runs elsewhere
  - put the program at ${cached()}
  - install Go 1.24 or newer with its module proxy reachable`,
    3,
  );
}

/** @param {string} program */
async function works(program) {
  return existsSync(program) && (await run(program, ['--version'], { cwd: ROOT })) === null;
}

/** @param {string} directory */
function listed(directory) {
  return readdirSync(directory).map((name) => join(directory, name));
}

/** @param {string} directory */
function sizeOf(directory) {
  let size = 0;
  for (const path of listed(directory)) {
    try {
      size += statSync(path).size;
    } catch {
      // It was renamed while we looked.
    }
  }
  return size;
}
