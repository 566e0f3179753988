import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { compiledCopy, type CompiledCopy } from '../test/compiled-copy.ts';
import { TEMPLATE } from '../test/store-engines.ts';
import { sampleEntry } from '../test/ticket-samples.ts';
import { DirectoryInUse } from './directory-lock.ts';
import { openStore } from './open.ts';
import { createPgliteTemplate, isUsableTemplate } from './pglite-template.ts';

// Databases are opened, copied and made: seconds where the machine is busy.
jest.setTimeout(30_000);

let copy: CompiledCopy;
let root: string;

beforeAll(async () => {
  await createPgliteTemplate(TEMPLATE);
  copy = compiledCopy(['store', 'domain']);
  root = mkdtempSync(join(tmpdir(), 'baton-pglite-'));
});
afterAll(() => {
  copy.remove();
  rmSync(root, { recursive: true, force: true });
});

test('an empty directory becomes a copy of the template; what is there already stays', async () => {
  const directory = join(root, 'copied');
  mkdirSync(join(directory, 'data.copying'), { recursive: true });
  writeFileSync(join(directory, 'data.copying', 'half'), 'a copy that was killed');
  const first = await openStore({ directory, template: TEMPLATE });
  await first.record(sampleEntry('kept'));
  await first.close();
  expect(readdirSync(directory).sort()).toEqual(['baton.lock', 'data']);
  expect(existsSync(join(directory, 'data', 'half'))).toBe(false);
  const second = await openStore({ directory, template: TEMPLATE });
  expect(await second.auditAfter(0, 9)).toMatchObject([{ id: 'kept' }]);
  await second.close();
});

test('a template of another PGlite is not used: the database is made in place', async () => {
  const template = join(root, 'foreign');
  cpSync(TEMPLATE, template, { recursive: true });
  writeFileSync(join(template, 'template.json'), '{"pglite":"0.0.1","migrations":[]}');
  writeFileSync(join(template, 'data', 'foreign'), '');
  const directory = join(root, 'in-place');
  const store = await openStore({ directory, template });
  await store.ping();
  expect(existsSync(join(directory, 'data', 'foreign'))).toBe(false);
  const settings = readFileSync(join(directory, 'data', 'postgresql.conf'), 'utf8');
  expect(settings).toMatch(/^shared_buffers ?= ?8MB/m);
  await store.close();
});

test('a current template is not made again; a damaged or foreign one is not current', async () => {
  expect(await createPgliteTemplate(TEMPLATE)).toBe(false);
  expect(isUsableTemplate(TEMPLATE)).toBe(true);
  const damaged = join(root, 'damaged');
  mkdirSync(damaged);
  expect(isUsableTemplate(damaged)).toBe(false);
  for (const manifest of ['{', '[]', 'null', '{"pglite":"0.0.1"}']) {
    writeFileSync(join(damaged, 'template.json'), manifest);
    expect(isUsableTemplate(damaged)).toBe(false);
  }
});

test('a second opener is refused, and the directory is free again after closing', async () => {
  const location = { directory: join(root, 'one'), template: TEMPLATE };
  const store = await openStore(location);
  await expect(openStore(location)).rejects.toThrow(DirectoryInUse);
  await store.close();
  await (await openStore(location)).close();
});

test('a directory that cannot be opened is not left locked', async () => {
  const directory = join(root, 'bad');
  mkdirSync(directory);
  writeFileSync(join(directory, 'data'), 'no directory at all');
  const opened = openStore({ directory, template: TEMPLATE });
  await expect(opened).rejects.not.toThrow(DirectoryInUse);
  rmSync(join(directory, 'data'));
  await (await openStore({ directory, template: TEMPLATE })).close();
});

test('what was acknowledged survives kill -9 of its process, and the chain holds', async () => {
  const directory = join(root, 'killed');
  const script = copy.script(
    'write.js',
    `import { openStore } from './store/open.js';
     const store = await openStore({ directory: process.argv[2], template: process.argv[3] });
     for (let i = 1; ; i += 1) {
       await store.record({ id: 'e' + i, at: Date.now(), ticket: null, kind: 'note', actor: 'baton', text: 'x', data: {} });
       process.stdout.write(i + '\\n');
     }`,
  );
  for (const atLeast of [20, 40]) {
    const child = spawn(process.execPath, [script, directory, TEMPLATE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (lastLine(said) >= atLeast) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const store = await openStore({ directory, template: TEMPLATE });
    const verdict = await store.verifyAudit();
    expect(verdict.valid).toBe(true);
    expect(verdict.entries).toBeGreaterThanOrEqual(lastLine(said));
    await store.close();
  }
});

/** The last number whose line is complete. */
function lastLine(said: string): number {
  return Number(said.split('\n').at(-2) ?? 0);
}
