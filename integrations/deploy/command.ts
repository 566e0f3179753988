import { z } from 'zod';
import { IntegrationError, type IntegrationErrorKind } from '../errors.ts';
import { oneLine } from '../http-failure.ts';
import { runProgram } from '../process/run-program.ts';
import type { DeployPort, EnvironmentPort, ServiceDescription } from './port.ts';

export interface CommandDeployOptions {
  /** The program and its arguments; started once for each request. */
  readonly command: readonly string[];
  /** The program's whole environment; without it ours, less our own secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For one request; a deploy waits until the release is healthy. */
  readonly timeoutMs?: number;
}

const release = z.object({
  service: z.string(),
  repository: z.string(),
  commit: z.string(),
  configHash: z.string(),
  flags: z.record(z.string(), z.boolean()),
  secrets: z.record(z.string(), z.string()),
  schemaPhase: z.string(),
});
const running = z.object({ version: z.string().min(1), release });
const description = z.object({
  environment: z.string(),
  service: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  stable: running,
  candidate: running.extend({ weight: z.number().min(0).max(100) }).nullable(),
});
const created = z.object({ environment: z.string(), services: z.array(description) });
const listed = z.object({
  environments: z.array(
    z.object({ environment: z.string(), owner: z.string(), createdAt: z.string() }),
  ),
});
const refusal = z.object({ error: z.object({ kind: z.string(), message: z.string() }) });

const SYSTEM = 'deploy command';
const MAX_OUTPUT_BYTES = 5_000_000;

/**
 * `DeployPort` and `EnvironmentPort` over any program that speaks `deploy-command/1`: one JSON
 * object on standard input, one JSON value on standard output; exit 0, or 1 with
 * `{ error: { kind, message } }`, `kind` one of `unavailable`, `rejected`, `not-found`, `conflict`.
 */
export function createCommandDeploy(options: CommandDeployOptions): DeployPort & EnvironmentPort {
  const ask = <S extends z.ZodType>(request: Request, answer: S, signal?: AbortSignal) =>
    askProgram(options, request, answer, signal);
  const onService = (request: Request, signal?: AbortSignal): Promise<ServiceDescription> =>
    ask(request, description, signal);
  return {
    describe: ({ signal, ...input }) => onService({ action: 'describe', ...input }, signal),
    deploy: ({ signal, ...input }) =>
      onService({ action: 'deploy', service: input.release.service, ...input }, signal),
    setWeight: ({ signal, ...input }) => onService({ action: 'weight', ...input }, signal),
    promote: ({ signal, ...input }) => onService({ action: 'promote', ...input }, signal),
    restore: ({ signal, ...input }) =>
      onService({ action: 'restore', service: input.release.service, ...input }, signal),
    async create({ signal, ttlMs, releases, ...input }) {
      const ttlSeconds = Math.ceil(ttlMs / 1_000);
      const request = { action: 'create', ...input, ttlSeconds, services: releases };
      return (await ask(request, created, signal)).services;
    },
    async destroy({ signal, ...input }) {
      await ask({ action: 'destroy', ...input }, z.unknown(), signal);
    },
    async list({ signal }) {
      return (await ask({ action: 'list' }, listed, signal)).environments;
    },
  };
}

type Request = { readonly action: string } & Readonly<Record<string, unknown>>;

async function askProgram<S extends z.ZodType>(
  { command, environment, timeoutMs = 120_000 }: CommandDeployOptions,
  request: Request,
  answer: S,
  signal: AbortSignal | undefined,
): Promise<z.infer<S>> {
  const { exitCode, stdout, stderr } = await runProgram({
    command,
    input: `${JSON.stringify(request)}\n`,
    timeoutMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    signal,
    ...(environment === undefined ? {} : { environment }),
  });
  const said = parse(stdout);
  if (exitCode === 0) {
    const parsed = answer.safeParse(said);
    if (parsed.success) return parsed.data;
    const message = `${request.action} was answered with something that is not deploy-command/1`;
    throw new IntegrationError('IntegrationUnavailable', SYSTEM, message);
  }
  const refused = refusal.safeParse(said);
  if (refused.success) {
    const { kind, message } = refused.data.error;
    throw new IntegrationError(
      KINDS.get(kind) ?? 'IntegrationRejected',
      SYSTEM,
      `${request.action}: ${oneLine(message)}`,
    );
  }
  if (exitCode === 127 || exitCode === 126) {
    const message = `${command[0] ?? ''} cannot be started: is it installed and executable?`;
    throw new IntegrationError('IntegrationRejected', SYSTEM, message);
  }
  const ending = exitCode === null ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
  const message = `${request.action} ${ending} (${oneLine(stderr)})`;
  throw new IntegrationError('IntegrationUnavailable', SYSTEM, message);
}

const KINDS = new Map<string, IntegrationErrorKind>([
  ['unavailable', 'IntegrationUnavailable'],
  ['rejected', 'IntegrationRejected'],
  ['not-found', 'IntegrationRejected'],
  ['conflict', 'StateConflict'],
]);

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
