import { z } from 'zod';
import type { Card } from '../../domain/card.ts';
import { adfNode, fromAdf, toAdf } from './adf.ts';
import { understand, type JiraClient } from './jira-client.ts';
import { toWiki } from './wiki-markup.ts';

/** The comment's property in which its marker stands. */
const PROPERTY = 'baton';

const comment = z.object({
  id: z.string(),
  body: z.union([z.string(), adfNode]).nullish(),
  properties: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
});
const comments = z.object({ comments: z.array(comment), total: z.int() });
const created = z.object({ id: z.string() });
const marked = z.object({ key: z.string() });

/** The comment with this marker says this, whether it was there or not. */
export async function writeComment(
  jira: JiraClient,
  apiVersion: '2' | '3',
  { key, marker, card }: { readonly key: string; readonly marker: string; readonly card: Card },
): Promise<{ readonly id: string }> {
  const body = apiVersion === '3' ? toAdf(card) : toWiki(card);
  const own = await findComment(jira, key, marker);
  if (own === null) {
    const properties = [{ key: PROPERTY, value: { key: marker } }];
    const answer = await jira.addCommentAdvanced(key, { body, properties });
    return { id: understand(`commenting on ${key}`, answer, created).id };
  }
  if (said(own.body) !== said(body)) await jira.updateComment(key, own.id, body);
  return { id: own.id };
}

/** The newest are looked at first: a retry looks for what was written a moment ago. */
async function findComment(
  jira: JiraClient,
  key: string,
  marker: string,
): Promise<z.infer<typeof comment> | null> {
  for (let startAt = 0; ;) {
    const query = { expand: 'properties', orderBy: '-created', startAt, maxResults: 100 };
    const answer = await jira.ask('GET', `/issue/${key}/comment`, { query });
    const { comments: rows, total } = understand(
      `reading the comments of ${key}`,
      answer,
      comments,
    );
    const own = rows.find(({ properties }) => properties?.some((one) => carries(one, marker)));
    if (own !== undefined) return own;
    startAt += rows.length;
    if (rows.length === 0 || startAt >= total) return null;
  }
}

function carries(
  property: { readonly key: string; readonly value?: unknown },
  marker: string,
): boolean {
  const value = marked.safeParse(property.value);
  return property.key === PROPERTY && value.success && value.data.key === marker;
}

/** What a reader reads: Jira adds attributes of its own to a document. */
function said(body: z.infer<typeof comment>['body']): string {
  if (body === null || body === undefined) return '';
  return (typeof body === 'string' ? body.replaceAll('\r\n', '\n') : fromAdf(body)).trim();
}
