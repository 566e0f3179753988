import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const { assertNode } = (await import(new URL('set-up-machine.js', import.meta.url).href)) as {
  assertNode: (version: string) => void;
};
const ROOT = fileURLToPath(new URL('..', import.meta.url));
let tree: string;
let programs: string;

/** A clone in small: set-up itself, two sources, and a PATH with nothing on it but node and git. */
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'baton-set-up-'));
  programs = join(tree, 'programs');
  mkdirSync(join(tree, 'cli'));
  for (const name of readdirSync(join(ROOT, 'cli')).filter((file) => file.endsWith('.js'))) {
    cpSync(join(ROOT, 'cli', name), join(tree, 'cli', name));
  }
  write('package.json', '{ "type": "module" }');
  write('package-lock.json', '{ "packages": {} }');
  for (const name of ['tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(ROOT, name), join(tree, name));
  write('domain/gate.ts', "export const gate: string = 'shut';\n");
  program('node', `exec ${process.execPath} "$@"`);
  program('git', 'exit 0');
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

/** A program on the PATH, as a shell script. */
function program(name: string, script: string): void {
  write(join('programs', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(programs, name), 0o755);
}

/** Packages that are there without having been installed. */
function linkPackages(): void {
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function setUp(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(tree, 'cli', 'set-up.js'), ...args], {
      env: {
        PATH: `${programs}:/usr/bin:/bin`,
        XDG_CACHE_HOME: join(tree, 'cache'),
        ...environment,
      },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

test.each(['18.19.1', '20.19.0', '12.0.0'])('Node %s is refused with what would do', (version) => {
  expect(() => assertNode(version)).toThrow(/needs Node 20.20 or newer .* this is/);
});

test.each(['20.20.0', '22.0.0', '24.21.0'])('Node %s is taken', (version) => {
  expect(() => assertNode(version)).not.toThrow();
});

test('an unknown option is exit 2 with the usage; --help is exit 0', async () => {
  expect(await setUp(['--only', 'luck'])).toMatchObject({ code: 2, out: '' });
  expect(await setUp(['--help'])).toMatchObject({ code: 0, err: '' });
});

test('without git it says so before it installs anything', async () => {
  const { code, err } = await setUp(['--only', 'deps'], { PATH: join(tree, 'nothing') });
  expect(code).toBe(3);
  expect(err).toContain('git is not on the PATH');
});

describe('packages', () => {
  beforeEach(() => {
    program(
      'npm',
      `echo "$@" >> ${tree}/npm.log; mkdir -p ${tree}/node_modules; exit "\${NPM_FAILS:-0}"`,
    );
  });
  const asked = () =>
    existsSync(join(tree, 'npm.log')) ? readFileSync(join(tree, 'npm.log'), 'utf8') : '';

  test('are installed when there are none, and not again', async () => {
    expect(await setUp(['--only', 'deps'])).toMatchObject({ code: 0, out: '' });
    expect(await setUp(['--only', 'deps'])).toEqual({ code: 0, out: '', err: '' });
    expect(asked()).toBe('ci --include=dev --loglevel=error --no-audit --no-fund\n');
  });

  test('are installed again when the lockfile has changed', async () => {
    await setUp(['--only', 'deps']);
    write('package-lock.json', '{ "packages": { "node_modules/a": { "version": "1.0.0" } } }');
    expect((await setUp(['--only', 'deps'])).err).toContain('the lockfile has changed');
    expect(asked().split('\n')).toHaveLength(3);
  });

  test('that npm installed by itself are taken as they are', async () => {
    const packages = '{ "packages": { "node_modules/a": { "version": "1.0.0" } } }';
    write('package-lock.json', packages);
    write('node_modules/.package-lock.json', packages);
    expect(await setUp(['--only', 'deps'])).toEqual({ code: 0, out: '', err: '' });
    expect(asked()).toBe('');
  });

  test('that cannot be installed are said to be missing, and tried again the next time', async () => {
    const { code, err } = await setUp(['--only', 'deps'], { NPM_FAILS: '7' });
    expect(code).toBe(1);
    expect(err).toContain('npm ci did not work: it ended with exit code 7');
    expect(await setUp(['--only', 'deps'])).toMatchObject({ code: 0 });
  });
});

describe('the build', () => {
  beforeEach(linkPackages);
  const built = (name: string) => readFileSync(join(tree, 'dist', name), 'utf8');

  test('happens once, again when a source changes, and forgets a source that is gone', async () => {
    write('domain/old.ts', 'export const old = 1;\n');
    expect(await setUp(['--only', 'build'])).toMatchObject({ code: 0, out: '' });
    expect(built('domain/gate.js')).toContain('shut');
    expect(await setUp(['--only', 'build'])).toEqual({ code: 0, out: '', err: '' });
    write('domain/gate.ts', "export const gate: string = 'open';\n");
    rmSync(join(tree, 'domain', 'old.ts'));
    expect((await setUp(['--only', 'build'])).err).toContain('the sources have changed');
    expect(built('domain/gate.js')).toContain('open');
    expect(existsSync(join(tree, 'dist', 'domain', 'old.js'))).toBe(false);
  });

  test('that fails says so, and is tried again', async () => {
    write('domain/gate.ts', 'export const = 1;\n');
    const { code, out, err } = await setUp(['--only', 'build']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/domain\/gate\.ts[^]*The build failed/);
    write('domain/gate.ts', 'export const gate = 1;\n');
    expect(await setUp(['--only', 'build'])).toMatchObject({ code: 0 });
  });

  test('of two at once is done by one while the other waits', async () => {
    const both = await Promise.all([setUp(['--only', 'build']), setUp(['--only', 'build'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const said = both.map(({ err }) => err).join('');
    expect(said.match(/set-up: building/g)).toHaveLength(1);
    expect(said).toContain('another set-up is at work here; waiting for it');
  });
});

describe('the Temporal server', () => {
  const cached = () => join(tree, 'cache', 'baton', 'bin', 'temporal');

  test('is not fetched when an address is set or one is on the PATH', async () => {
    const environment = { TEMPORAL_ADDRESS: '127.0.0.1:7233' };
    expect(await setUp(['--only', 'temporal'], environment)).toEqual({ code: 0, out: '', err: '' });
    program('temporal', 'exit 0');
    expect(await setUp(['--only', 'temporal'])).toEqual({ code: 0, out: '', err: '' });
  });

  test('is built with Go into the cache when the download does not work, and then kept', async () => {
    program(
      'go',
      'printf "#!/bin/sh\\nexit 0\\n" > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"; echo "$@" >&2',
    );
    const { code, out, err } = await setUp(['--only', 'temporal']);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('install github.com/temporalio/cli/cmd/temporal@v1.5.1');
    expect(existsSync(cached())).toBe(true);
    expect(readdirSync(join(tree, 'cache', 'baton'))).toEqual(['bin']);
    expect(await setUp(['--only', 'temporal'])).toEqual({ code: 0, out: '', err: '' });
  });

  test('that cannot be had is exit 3 with every way to get it', async () => {
    program('go', 'exit 1');
    const { code, err } = await setUp(['--only', 'temporal']);
    expect(code).toBe(3);
    expect(err).toMatch(
      /docs\.temporal\.io[^]*TEMPORAL_ADDRESS[^]*put the program at[^]*install Go/,
    );
    expect(existsSync(cached())).toBe(false);
  });
});
