import type { ZodError, ZodType } from 'zod';

/** An answer that is not what was asked for. Its message is a sentence for a person, without secrets. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
  }
}

/** The one shape of every refusal of this listener. */
export interface ProblemBody {
  readonly error: { readonly code: string; readonly message: string };
}

export function problemBody({ code, message }: Pick<Problem, 'code' | 'message'>): ProblemBody {
  return { error: { code, message } };
}

/** Parses what came from outside; `place` says where it stood (`body`, `query`, `path`). */
export function parseRequest<T>(schema: ZodType<T>, value: unknown, place: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem(400, 'malformed', `${place}: ${faultsOf(parsed.error)}`);
}

/** Where and what, never the value: it may be anything, a secret too. */
export function faultsOf(error: ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}
