import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Exchange {
  readonly method: string;
  /** Without the server and without `/api/v3`. */
  readonly path: string;
  readonly requestBody: unknown;
  readonly status: number;
  readonly body: unknown;
}

/**
 * Holds one request and its answer to GitHub's own OpenAPI document. Answers what is wrong, or the
 * operation that it conforms to.
 */
export function createOpenApiCheck(): (exchange: Exchange) => {
  operation: string;
  faults: string[];
} {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@octokit/openapi/generated/api.github.com.json');
  const document = tidy(require(file)) as Document;
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  const addFormats = addFormatsModule as unknown as (instance: Ajv) => void;
  addFormats(ajv);
  ajv.addSchema(document, 'github');
  const compiled = new Map<string, ValidateFunction>();
  const validate = (pointer: readonly string[], value: unknown): string[] => {
    const reference = `github#/${pointer.map(escape).join('/')}`;
    const check = compiled.get(reference) ?? ajv.compile({ $ref: reference });
    compiled.set(reference, check);
    return check(value)
      ? []
      : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  };
  return ({ method, path, requestBody, status, body }) => {
    const template = findTemplate(document, method, path);
    const operation = template ? document.paths[template]?.[method.toLowerCase()] : undefined;
    if (!template || !operation)
      return { operation: '', faults: [`${method} ${path}: no such operation`] };
    const base = ['paths', template, method.toLowerCase()];
    const faults: string[] = [];
    if (operation.requestBody && requestBody !== undefined) {
      const at = [...base, 'requestBody', 'content', 'application/json', 'schema'];
      faults.push(...validate(at, requestBody).map((fault) => `request${fault}`));
    }
    const response = operation.responses[String(status)];
    if (!response) faults.push(`${status} is not among the answers`);
    else faults.push(...validateAnswer(document, base, status, body, validate));
    return { operation: `${method} ${template} ${status}`, faults };
  };
}

function validateAnswer(
  document: Document,
  base: readonly string[],
  status: number,
  body: unknown,
  validate: (pointer: readonly string[], value: unknown) => string[],
): string[] {
  let pointer = [...base, 'responses', String(status)];
  let response = lookUp(document, pointer) as { $ref?: string; content?: object };
  if (response.$ref) {
    pointer = response.$ref.slice(2).split('/');
    response = lookUp(document, pointer) as { content?: object };
  }
  const hasContent = response.content && 'application/json' in response.content;
  if (!hasContent) return body === undefined ? [] : ['there is a body where none is due'];
  return validate([...pointer, 'content', 'application/json', 'schema'], body);
}

function lookUp(document: unknown, pointer: readonly string[]): unknown {
  return pointer.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);
}

function findTemplate({ paths }: Document, method: string, path: string): string | undefined {
  const candidates = Object.keys(paths).filter((template) => {
    if (!paths[template]?.[method.toLowerCase()]) return false;
    const pattern = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(path);
  });
  // The one with the fewest placeholders says most.
  const holes = (template: string) => template.split('{').length;
  return candidates.sort((a, b) => holes(a) - holes(b))[0];
}

/** `nullable` beside a `$ref` or a union is not something AJV takes; GitHub's answers never need it. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, tidy(inner)] as const);
  const result = Object.fromEntries(entries);
  if ('nullable' in result && !('type' in result)) delete result['nullable'];
  return result;
}

function escape(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
