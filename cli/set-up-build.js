import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './set-up-machine.js';
import { SetUpError, run } from './set-up-run.js';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.baton-set-up');
/** What else decides what comes out of the build. */
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const BUNDLER = join(DIST, 'worker', 'build-workflow-bundle.js');

/** JavaScript from TypeScript, and the workflows' bundle. @returns {import('./set-up.js').Step} */
export function build() {
  const sources = listSources();
  const wanted = `${fingerprint([...SETTINGS, ...sources])}\n`;
  return {
    lock: ROOT,
    missing() {
      if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return null;
      return existsSync(STAMP) ? 'building (the sources have changed)' : 'building';
    },
    async mend() {
      rmSync(STAMP, { force: true });
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      // Types are what `npm run check` checks; without them this is four seconds instead of twelve.
      const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--noCheck'];
      await node(args, 'The build failed');
      removeOrphans(new Set(sources));
      if (existsSync(BUNDLER)) await node([BUNDLER], "The workflows' bundle could not be built");
      writeFileSync(STAMP, wanted);
    },
  };
}

/** @param {string[]} args @param {string} complaint */
async function node(args, complaint) {
  const problem = await run(process.execPath, args, { cwd: ROOT });
  if (problem !== null) throw new SetUpError(`${complaint}: ${problem}. See the lines above.`);
}

/** The folders that the compiler is told to read, as it is told. */
function sourceFolders() {
  /** @type {{ include: string[] }} */
  const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  return include.filter((folder) => folder !== 'test' && folder !== 'bench');
}

/** @returns {string[]} paths relative to the root, in a fixed order */
function listSources() {
  return sourceFolders()
    .flatMap((folder) => walk(join(ROOT, folder)))
    .map((path) => relative(ROOT, path))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .sort();
}

/** @param {string} directory @returns {string[]} */
function walk(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return [path];
    // The sample system is somebody else's code: it is never compiled.
    return relative(ROOT, path) === join('sandbox', 'sample') ? [] : walk(path);
  });
}

/** @param {string[]} paths */
function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** A file that was renamed must not live on in the build. @param {Set<string>} sources */
function removeOrphans(sources) {
  for (const path of sourceFolders().flatMap((folder) => walk(join(DIST, folder)))) {
    const source = relative(DIST, path).replace(/\.js(\.map)?$/, '.ts');
    if (source.endsWith('.ts') && !sources.has(source)) rmSync(path);
  }
}
