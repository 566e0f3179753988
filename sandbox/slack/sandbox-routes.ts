import { z } from 'zod';
import { HttpError, type HttpRequest, type Routes } from '../http-server.ts';
import type { Press, PressOutcome } from './interactions.ts';
import { SlackError } from './slack-error.ts';
import type { Submission, SubmissionOutcome } from './views.ts';
import type { Workspace } from './workspace.ts';

const press = z.union([
  z.strictObject({
    user: z.string(),
    channel: z.string(),
    ts: z.string(),
    actionId: z.string(),
  }),
  z.strictObject({ user: z.string(), channel: z.string(), ts: z.string(), text: z.string() }),
]);
const say = z.strictObject({
  user: z.string(),
  channel: z.string(),
  text: z.string().min(1),
  thread_ts: z.string().optional(),
});
const submission = z.strictObject({
  user: z.string(),
  viewId: z.string(),
  values: z.record(z.string(), z.record(z.string(), z.string())),
});
const faults = z.strictObject({
  duplicate: z.number().int().min(0).optional(),
  delayMs: z.number().min(0).optional(),
  dropRate: z.number().min(0).max(1).optional(),
  seed: z.number().optional(),
  rateLimit: z.boolean().optional(),
  unavailable: z.boolean().optional(),
});
const interactivity = z.strictObject({ mode: z.enum(['socket', 'http']) });

/** For whoever plays the people of the workspace, or the troubles of the network. */
export function sandboxRoutes(deps: {
  readonly workspace: Workspace;
  readonly press: (what: Press) => Promise<PressOutcome>;
  readonly submit: (what: Submission) => Promise<SubmissionOutcome>;
  readonly said: (message: { channel: string; ts: string }) => void;
}): Routes {
  const { workspace } = deps;
  return {
    'GET /sandbox/messages': () => ({
      status: 200,
      body: { messages: workspace.state.messages },
    }),
    'POST /sandbox/press': async (request) => {
      const outcome = await deps.press(parse(press, request)).catch(asHttpError);
      return { status: 200, body: { ok: true, ...outcome } };
    },
    'GET /sandbox/views': () => ({
      status: 200,
      body: { views: Object.values(workspace.state.views) },
    }),
    'POST /sandbox/submit': async (request) => {
      const outcome = await deps.submit(parse(submission, request)).catch(asHttpError);
      return { status: 200, body: { ok: true, ...outcome } };
    },
    'POST /sandbox/say': (request) => {
      const { thread_ts: thread, ...said } = parse(say, request);
      const message = workspace.post({ ...said, ...(thread && { thread_ts: thread }) });
      deps.said(message);
      return { status: 200, body: { ok: true, ts: message.ts } };
    },
    'POST /sandbox/faults': (request) => {
      workspace.state.faults = withoutUndefined(parse(faults, request));
      workspace.save();
      return { status: 200, body: workspace.state.faults };
    },
    'POST /sandbox/interactivity': (request) => {
      workspace.state.interactivity = parse(interactivity, request).mode;
      workspace.save();
      return { status: 200, body: { mode: workspace.state.interactivity } };
    },
  };
}

function parse<T>(schema: z.ZodType<T>, request: HttpRequest): T {
  const parsed = schema.safeParse(request.json());
  if (parsed.success) return parsed.data;
  throw new HttpError(400, { ok: false, error: z.prettifyError(parsed.error) });
}

function asHttpError(error: unknown): never {
  if (error instanceof SlackError) throw new HttpError(404, { ok: false, error: error.code });
  throw error;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== undefined),
  ) as Defined<T>;
}
