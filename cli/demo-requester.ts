import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../domain/config.schema.ts';
import { packageRoot } from '../worker/package-root.ts';
import { CommandError } from './command-line.ts';

/** What the requester of a scenario's ticket does, in Jira, with Jira's own REST API. */
export interface Requester {
  readonly email: string;
  /** Moves the ticket to the status that means: begin. */
  moveToStart(key: string): Promise<void>;
  /** Completes what the ticket says, once there is a comment to answer. */
  answer(key: string): Promise<void>;
}

const LOOK_EVERY_MS = 300;

interface Transitions {
  readonly transitions: readonly { readonly id: string; readonly to: { readonly name: string } }[];
}

export function createRequester(config: Config, token: string): Requester {
  const person = config.people.find(({ id }) => id === 'requester');
  const email = person?.emails[0];
  if (email === undefined)
    throw new CommandError('the configuration has no requester with an e-mail');
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(`/rest/api/2/issue/${path}`, config.tracker.url), {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok)
      throw new CommandError(`Jira answered ${response.status} to ${method} ${path}`);
    return text === '' ? null : JSON.parse(text);
  };
  return {
    email,
    async moveToStart(key) {
      const { start } = config.tracker.statuses;
      const { transitions } = (await call('GET', `${key}/transitions`)) as Transitions;
      const transition = transitions.find(({ to }) => to.name === start);
      if (transition === undefined)
        throw new CommandError(`${key} cannot be moved to "${start}" in Jira`);
      await call('POST', `${key}/transitions`, { transition: { id: transition.id } });
    },
    async answer(key) {
      const fields = editsOf(key);
      if (fields === undefined)
        throw new CommandError(`the sample has no completed text for ${key}`);
      for (;;) {
        const { comments } = (await call('GET', `${key}/comment`)) as { comments: unknown[] };
        if (comments.length > 0) break;
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      await call('PUT', key, { fields });
    },
  };
}

function editsOf(key: string): unknown {
  const file = join(packageRoot(), 'sandbox', 'sample', 'tickets.json');
  const { edits } = JSON.parse(readFileSync(file, 'utf8')) as { edits: Record<string, unknown> };
  return edits[key];
}
