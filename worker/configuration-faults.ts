import {
  LineCounter,
  isMap,
  isNode,
  isScalar,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import type { z } from 'zod';

/** One thing that is wrong in a configuration file, and where. */
export interface ConfigurationFault {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what would be right. Never a secret's value. */
  readonly message: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A parsed file that can say where each of its values stands. */
export interface LocatedYaml {
  readonly value: unknown;
  /** Syntax faults: with any of them `value` is `undefined`. */
  readonly faults: readonly ConfigurationFault[];
  /** The place of a key (or list item), or of the nearest thing above it that is there. */
  place(path: Path, key?: string): { readonly line: number; readonly column: number };
}

export function parseLocatedYaml(text: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    message: `this is not YAML: ${error.message}`,
  }));
  const value = faults.length > 0 ? undefined : plain(document, faults);
  return {
    value,
    faults,
    place: (path, key) => at(offsetOf(document, key === undefined ? path : [...path, key])),
  };
}

/** Aliases that multiply without end are refused by the parser's own limit. */
function plain(document: Document.Parsed, faults: ConfigurationFault[]): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const because = error instanceof Error ? error.message : 'unknown reason';
    faults.push({ line: 1, column: 1, message: `this is not YAML: ${because}` });
    return undefined;
  }
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? start(node) : 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) return offset;
      offset = isNode(pair.key) ? start(pair.key) : offset;
      node = pair.value;
    } else {
      node = isNode(node) && 'get' in node ? node.get(step, true) : undefined;
      if (!isNode(node)) return offset;
      offset = start(node);
    }
  }
  return offset;
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Says each of zod's issues in words for the person who wrote the file. */
export function describeIssues(
  issues: readonly Issue[],
  { schema, yaml }: { readonly schema: z.ZodType; readonly yaml: LocatedYaml },
): ConfigurationFault[] {
  const faults = issues.flatMap((issue): ConfigurationFault[] => {
    if (issue.code !== 'unrecognized_keys') {
      const found = valueAt(yaml.value, issue.path);
      return [{ ...yaml.place(issue.path), message: sentence(issue, { schema, found }) }];
    }
    const known = keysAt(schema, issue.path, yaml.value);
    return issue.keys.map((key) => ({
      ...yaml.place(issue.path, key),
      message: `${name([...issue.path, key])} is not a setting. ${suggestion(key, known)}`,
    }));
  });
  return faults.sort((a, b) => a.line - b.line || a.column - b.column);
}

function sentence(
  issue: Issue,
  { schema, found }: { readonly schema: z.ZodType; readonly found: unknown },
): string {
  const right = wanted(issue, schema);
  if (found === undefined || (found === null && issue.path.length === 0)) {
    return issue.path.length === 0
      ? 'the file is empty, but must hold at least version, tracker, forge, chat, agent, deploy, metrics, services and people'
      : `${name(issue.path)} is missing: ${right}`;
  }
  const joint =
    issue.code === 'invalid_format' && issue.format !== 'url' ? 'expected:' : 'but must be';
  return `${name(issue.path)} is ${shown(found, issue)}, ${joint} ${right}`;
}

/** What would be right, for a person. */
function wanted(issue: Issue, schema: z.ZodType): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${TYPE_NAMES[issue.expected] ?? issue.expected}${described(schema, issue.path)}`;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? oneOf(issue.options)
        : oneOf(issue.errors.flat().flatMap((e) => (e.code === 'invalid_value' ? e.values : [])));
    case 'too_small':
      return `${UNITS[issue.origin]?.least ?? 'at least'} ${issue.minimum}${UNITS[issue.origin]?.of ?? ''}`;
    case 'too_big':
      return `${UNITS[issue.origin]?.most ?? 'at most'} ${issue.maximum}${UNITS[issue.origin]?.of ?? ''}`;
    case 'invalid_format':
      return issue.format === 'url'
        ? 'an http or https URL'
        : issue.message.replace('Invalid string: ', '');
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a block of settings',
};

const UNITS: Readonly<Record<string, { least: string; most: string; of: string }>> = {
  array: { least: 'a list of at least', most: 'a list of at most', of: ' items' },
  string: { least: 'text of at least', most: 'text of at most', of: ' characters' },
};

function oneOf(values: readonly unknown[]): string {
  const unique = [...new Set(values.map(String))];
  if (unique.length < 2) return unique.join('');
  return `one of ${unique.join(', ')}`;
}

/** A value is shown to find it again, never when it could hold a password. */
function shown(found: unknown, issue: Issue): string {
  if (typeof found === 'string') {
    const tellsSecrets = issue.code === 'invalid_format' && issue.format === 'url';
    if (found === '') return 'empty';
    if (tellsSecrets || /[@]|:\/\//.test(found)) return 'another text';
    return `"${found.length > 40 ? `${found.slice(0, 40)}…` : found}"`;
  }
  if (Array.isArray(found)) return `a list of ${found.length}`;
  if (found === null) return 'empty';
  return typeof found === 'object' ? 'a block of settings' : JSON.stringify(found);
}

function name(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (isRecord(at) ? at[String(step)] : undefined), value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
}

const definition = (schema: z.ZodType): Definition => schema.def;

/** The schema of the value at a path, through defaults, lists and the chosen member of a union. */
function schemaAt(root: z.ZodType, path: Path, value: unknown): z.ZodType | undefined {
  let schema: z.ZodType | undefined = settle(root, value);
  let at = value;
  for (const step of path) {
    if (schema === undefined) return undefined;
    const { shape, element } = definition(schema);
    at = isRecord(at) ? at[String(step)] : undefined;
    const next: z.ZodType | undefined = typeof step === 'number' ? element : shape?.[String(step)];
    schema = next === undefined ? undefined : settle(next, at);
  }
  return schema;
}

function settle(schema: z.ZodType, value: unknown): z.ZodType {
  const { innerType, options, discriminator } = definition(schema);
  if (innerType !== undefined) return settle(innerType, value);
  if (options === undefined || discriminator === undefined || !isRecord(value)) return schema;
  const chosen = options.find((option) => {
    const literal = definition(option).shape?.[discriminator];
    return literal?.safeParse(value[discriminator]).success === true;
  });
  return chosen ?? schema;
}

function keysAt(schema: z.ZodType, path: Path, value: unknown): readonly string[] {
  const found = schemaAt(schema, path, value);
  return found === undefined ? [] : Object.keys(definition(found).shape ?? {});
}

function described(schema: z.ZodType, path: Path): string {
  const text = schemaAt(schema, path, undefined)?.description;
  return text === undefined ? '' : ` (${text})`;
}

function suggestion(key: string, known: readonly string[]): string {
  const close = known.find((candidate) => distance(key.toLowerCase(), candidate.toLowerCase()) < 3);
  const list = known.length === 0 ? '' : `Known here: ${known.join(', ')}`;
  return close === undefined ? list : `Did you mean ${close}? ${list}`;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
