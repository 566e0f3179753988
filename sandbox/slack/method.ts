import type { CallArguments } from './request-arguments.ts';
import type { Workspace } from './workspace.ts';

/** A method of the Web API: answers what stands beside `ok: true`, or throws a `SlackError`. */
export type SlackMethod = (call: CallArguments) => Readonly<Record<string, unknown>>;
export type SlackMethods = Readonly<Record<string, SlackMethod>>;

export interface MethodContext {
  readonly workspace: Workspace;
  /** The user behind the bot token. */
  readonly bot: string;
}
