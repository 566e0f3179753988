import { z } from 'zod';

/** A person at the tracker's own REST API. */
export interface JiraPerson {
  move(key: string, status: string): Promise<void>;
  edit(key: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  status(key: string): Promise<string>;
  summary(key: string): Promise<string>;
  /** Comments as documents in Atlassian's format, oldest first. */
  comments(key: string): Promise<readonly unknown[]>;
}

const transitions = z.object({
  transitions: z.array(z.object({ id: z.string(), to: z.object({ name: z.string() }) })),
});
const issue = z.object({
  fields: z.object({ summary: z.string(), status: z.object({ name: z.string() }) }),
});
const comments = z.object({ comments: z.array(z.object({ body: z.unknown() })) });

export function jiraAs(person: string, url: string, token: string): JiraPerson {
  const credential = Buffer.from(`${person}@shop.example:${token}`).toString('base64');
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/rest/api/${path}`, {
      method,
      headers: { authorization: `Basic ${credential}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Jira answered ${response.status} to ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const read = async (key: string) =>
    issue.parse(await call('GET', `3/issue/${key}?fields=status,summary`)).fields;
  return {
    async move(key, status) {
      const known = transitions.parse(await call('GET', `3/issue/${key}/transitions`));
      const id = known.transitions.find(({ to }) => to.name === status)?.id;
      await call('POST', `3/issue/${key}/transitions`, { transition: { id } });
    },
    async edit(key, fields) {
      await call('PUT', `2/issue/${key}`, { fields });
    },
    status: async (key) => (await read(key)).status.name,
    summary: async (key) => (await read(key)).summary,
    async comments(key) {
      const found = comments.parse(await call('GET', `3/issue/${key}/comment`));
      return found.comments.map(({ body }) => body);
    },
  };
}
