import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createProgram, descendants } from '../../cli/main.ts';
import { SCENARIOS } from '../../cli/scenarios.ts';
import { config, secrets } from '../../domain/config.schema.ts';
import { packet } from '../../domain/packet.schema.ts';
import { OPERATIONS } from '../../gateway/api/openapi.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = (name: string): string =>
  readFileSync(join(ROOT, 'docs', 'reference', `${name}.md`), 'utf8');

/** Every page of ours: below docs/, beside the code, and at the root. */
const PAGES = [
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) =>
    join('docs', file),
  ),
  ...readdirSync(ROOT),
  ...readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.name, 'README.md')),
].filter((file) => file.endsWith('.md') && existsSync(join(ROOT, file)));

/** The cells of every table row, without the rules between head and body. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ |:-]+\|$/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));

const bare = (cell = ''): string => cell.replaceAll('`', '');

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
}

const branchesOf = (schema: JsonSchema): readonly JsonSchema[] => [
  ...(schema.properties === undefined ? [] : [schema]),
  ...(schema.oneOf ?? []),
  ...(schema.anyOf ?? []),
];

/** Every key of a schema with its default, as the page writes them. */
function keysOf(schema: JsonSchema, above = ''): [string, string][] {
  return branchesOf(schema).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, value]): [string, string][] => {
      const inner = value.items ?? value;
      const path = `${above}${name}${value.items === undefined ? '' : '[]'}`;
      if (branchesOf(inner).some((branch) => branch.properties !== undefined))
        return keysOf(inner, `${path}.`);
      const missing = required.includes(name) ? 'required' : 'none';
      const standard = value.default === undefined ? missing : JSON.stringify(value.default);
      return [[`${above}${name}`, standard]];
    }),
  );
}

describe('the page on the configuration', () => {
  const text = page('configuration');

  test('has every key of the schema with its default, and no other', () => {
    const schema = z.toJSONSchema(config, { io: 'input' }) as JsonSchema;
    const keys = new Map(keysOf(schema));
    const written = rowsOf(text)
      .filter((cells) => cells.length === 3 && cells[0] !== 'key')
      .map(([key, standard]) => [bare(key), bare(standard)] as const);
    expect(new Map(written)).toEqual(keys);
    expect(written).toHaveLength(keys.size);
    expect(keys.size).toBeGreaterThan(60);
  });

  test('names every secret', () => {
    for (const name of Object.keys(secrets.shape)) expect(text).toContain(`| \`${name}\``);
  });
});

describe('the page on the command line', () => {
  const silent = { out: () => undefined, err: () => undefined, environment: {} };
  const EVERYWHERE = new Set(['--help', '--url', '--as', '--json']);
  const program = createProgram(silent);
  const rows = rowsOf(page('cli'));
  const commands = descendants(program)
    .filter((command) => command.commands.length === 0 || command.name() === 'sandbox')
    .map((command) => {
      const parent = command.parent === program ? '' : `${command.parent?.name() ?? ''} `;
      const own = command.options.map((option) => option.long ?? '');
      return { name: `${parent}${command.name()}`, options: own };
    });

  test('has every command with its options, and no other', () => {
    const ours = commands.map(({ name, options }) => [
      name,
      options.filter((option) => !EVERYWHERE.has(option)),
    ]);
    const written = rows
      .filter(([name = '', options]) => /^`[a-z]/.test(name) && options !== undefined)
      .map(([name, options = '']) => [
        bare(name),
        (options.match(/--[a-z-]+/g) ?? []).filter((option) => !EVERYWHERE.has(option)),
      ]);
    const sorted = (list: unknown[][]) => list.map((row) => JSON.stringify(row)).sort();
    expect(sorted(written)).toEqual(sorted(ours));
  });
});

test('the page on the command line has every scenario of the demo, and no other', () => {
  const row = rowsOf(page('cli')).find(([name]) => name === '`demo`')?.[2] ?? '';
  const written = [...row.matchAll(/`([a-z][a-z-]*)`/g)].map(([, name]) => name);
  expect(written).toEqual([...SCENARIOS.map(({ name }) => name), 'all']);
});

test('the page on HTTP has every route of the OpenAPI document', () => {
  const written = rowsOf(page('http')).map(([route]) => bare(route));
  for (const { method, path } of OPERATIONS)
    expect(written).toContain(`${method.toUpperCase()} ${path}`);
});

describe('the page on the packet', () => {
  test('has every field, in the order of the schema', () => {
    const rows = rowsOf(page('packet')).filter((cells) => cells.length === 3);
    const written = rows.map(([field]) => bare(field)).filter((field) => field !== 'field');
    expect(written).toEqual(Object.keys(packet.shape));
  });
});

describe('what the pages point at is there', () => {
  const matches = (text: string, pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].flatMap(([, found]) => (found === undefined ? [] : [found]));

  test.each(PAGES)('%s', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const links = matches(text, /\]\(([^)#\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const missing = links.filter((link) => !existsSync(join(ROOT, dirname(file), link)));
    // From the root in docs/, from the folder itself in a folder's README.
    const tests = matches(text, /`([\w./-]+\.test\.ts)`/g);
    const places = [ROOT, join(ROOT, dirname(file))];
    const lost = tests.filter((one) => !places.some((place) => existsSync(join(place, one))));
    expect({ missing, lost }).toEqual({ missing: [], lost: [] });
  });

  test('there are pages', () => {
    expect(PAGES.length).toBeGreaterThan(30);
    expect(PAGES).toContain(join('docs', 'explanation', 'architecture.md'));
  });
});
