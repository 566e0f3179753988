import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMPORTS = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

/** The table of STYLE, written down a second time on purpose: what lint says is compared with it. */
const MAY_IMPORT: Readonly<Record<string, { values: string[]; types?: string[] }>> = {
  domain: { values: [] },
  workflows: { values: ['domain'], types: ['activities'] },
  integrations: { values: ['domain'] },
  store: { values: ['domain', 'integrations/process'] },
  temporal: { values: ['domain', 'integrations/process'] },
  activities: { values: ['domain', 'integrations', 'store'] },
  gateway: { values: ['domain', 'integrations', 'store', 'temporal'], types: ['workflows'] },
  worker: { values: ['domain', 'workflows', 'activities', 'integrations', 'store', 'temporal'] },
  cli: { values: ['domain', 'worker', 'gateway', 'temporal'] },
  sandbox: { values: [] },
};
const FOLDERS = [...Object.keys(MAY_IMPORT), 'dashboard', 'test', 'bench', 'integrations/process'];

/** A file of each folder that may be imported wherever the folder may. */
const SAMPLE: Readonly<Record<string, string>> = {
  integrations: 'integrations/errors',
  'integrations/process': 'integrations/process/port',
};

const cases = Object.entries(MAY_IMPORT).flatMap(([from, { values, types = [] }]) =>
  FOLDERS.filter((to) => to !== from && !to.startsWith(`${from}/`)).map((to) => {
    const value = values.some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
    return { from, to, value, type: value || types.includes(to) };
  }),
);

const rulesOf = new Map<string, Linter.RulesRecord>();

beforeAll(async () => {
  const eslint = new ESLint({ cwd: ROOT });
  const files = [
    ...Object.keys(MAY_IMPORT).map((folder) => `${folder}/probe.ts`),
    ...['domain/probe.schema.ts', 'cli/sandbox.ts', 'cli/probe.test.ts', 'test/unit/probe.ts'],
  ];
  for (const file of files) {
    const config = (await eslint.calculateConfigForFile(join(ROOT, file))) as Linter.Config;
    rulesOf.set(file, (config.rules ?? {}) as Linter.RulesRecord);
  }
});

/** What the configured layer rules, and only they, say about one line in a file. */
function complaints(file: string, code: string): string[] {
  const rules = rulesOf.get(file) ?? {};
  const config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: Object.fromEntries(
      [IMPORTS, SYNTAX].flatMap((name) => (rules[name] === undefined ? [] : [[name, rules[name]]])),
    ),
  } as Linter.Config;
  const found = new Linter({ configType: 'flat', cwd: ROOT }).verify(code, [config], file);
  return found.map(({ message }) => message);
}

const passes = (file: string, code: string) => complaints(file, code).length === 0;
const sampleOf = (folder: string) => SAMPLE[folder] ?? `${folder}/something`;

describe('each row of the layer table is what lint enforces', () => {
  test.each(cases)('$from -> $to: value $value, type $type', ({ from, to, value, type }) => {
    const file = `${from}/probe.ts`;
    const path = `'../${sampleOf(to)}.ts'`;
    expect(passes(file, `import { x } from ${path}; x();`)).toBe(value);
    expect(passes(file, `import type { X } from ${path}; export type Y = X;`)).toBe(type);
    if (!type) expect(passes(file, `export const x = await import(${path});`)).toBe(false);
  });

  test('the rules look through deeper folders', () => {
    const path = "'../../gateway/gateway.ts'";
    expect(passes('workflows/probe.ts', `import { x } from ${path}; x();`)).toBe(false);
  });
});

describe('what the table says beside its rows', () => {
  const schema = (what: string) => `${what} from '../domain/packet.schema.ts';`;

  test('a workflow takes the type of a schema, never the schema', () => {
    expect(passes('workflows/probe.ts', `${schema('import { packet }')} packet();`)).toBe(false);
    expect(passes('workflows/probe.ts', schema('export type { Packet }'))).toBe(true);
  });

  test('activities know ports and errors, never an adapter', () => {
    const file = 'activities/probe.ts';
    const adapter = "from '../integrations/forge/github.ts'; x();";
    expect(passes(file, `import { x } ${adapter}`)).toBe(false);
    expect(passes(file, "import { x } from '../integrations/errors.ts'; x();")).toBe(true);
    expect(
      passes(file, "import type { X } from '../integrations/forge/port.ts'; export type Y = X;"),
    ).toBe(true);
  });

  test('domain imports no package; its schemas import zod', () => {
    const zod = "import { z } from 'zod'; z();";
    expect(passes('domain/probe.ts', zod)).toBe(false);
    expect(passes('domain/probe.ts', "import { join } from 'node:path'; join();")).toBe(false);
    expect(passes('domain/probe.schema.ts', zod)).toBe(true);
  });

  test('only the file that starts it reaches the sandbox', () => {
    const sandbox = "import { x } from '../sandbox/sandbox.ts'; x();";
    expect(passes('cli/probe.ts', sandbox)).toBe(false);
    expect(passes('cli/sandbox.ts', sandbox)).toBe(true);
  });

  test('tests reach everything', () => {
    expect(passes('cli/probe.test.ts', "import { x } from '../store/store.ts'; x();")).toBe(true);
    expect(passes('test/unit/probe.ts', "import { x } from '../../sandbox/sandbox.ts'; x();")).toBe(
      true,
    );
  });

  test('nobody exports a default', () => {
    for (const folder of Object.keys(MAY_IMPORT)) {
      expect(passes(`${folder}/probe.ts`, 'export default 1;')).toBe(false);
    }
  });
});
