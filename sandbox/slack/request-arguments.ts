import type { HttpRequest } from '../http-server.ts';
import { SlackError } from './slack-error.ts';

/** The arguments of a Web API call, whichever of Slack's three ways they came in. */
export interface CallArguments {
  text(name: string): string | undefined;
  /** Throws Slack's `invalid_arguments` when it is missing. */
  need(name: string): string;
  flag(name: string): boolean;
  /** An object or a list; in a form it is JSON in a string. */
  json(name: string): unknown;
}

export function readArguments(request: HttpRequest): CallArguments {
  const values = readValues(request);
  const text = (name: string) => {
    const value = values[name];
    if (value === undefined || value === null || value === '') return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return {
    text,
    need: (name) => {
      const value = text(name);
      if (value === undefined) {
        throw new SlackError('invalid_arguments', [`missing required field: ${name}`]);
      }
      return value;
    },
    flag: (name) => ['true', '1'].includes(text(name) ?? ''),
    json: (name) => {
      const value = values[name];
      return typeof value === 'string' ? parse(value, name) : (value ?? undefined);
    },
  };
}

function readValues(request: HttpRequest): Readonly<Record<string, unknown>> {
  const inUrl = Object.fromEntries(request.url.searchParams);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) {
    return { ...inUrl, ...Object.fromEntries(new URLSearchParams(request.body.toString('utf8'))) };
  }
  const body = parse(request.body.toString('utf8'), 'body');
  if (typeof body !== 'object' || body === null) throw new SlackError('json_not_object');
  return { ...inUrl, ...body };
}

function parse(text: string, name: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new SlackError(name === 'body' ? 'invalid_json' : `invalid_${name}_format`);
  }
}
