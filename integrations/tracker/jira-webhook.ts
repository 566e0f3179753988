import { z } from 'zod';
import { ticketKey } from '../../domain/decision.schema.ts';
import type { Fact } from '../../domain/fact.schema.ts';
import {
  deliveryIdOf,
  header,
  isSignedWith,
  parseBody,
  type WebhookHeaders,
  type WebhookReading,
} from '../webhook.ts';

const kind = z.object({ webhookEvent: z.string() });

/**
 * An item's `toString` is the name of the new value. Every object has a method of that name, so it
 * is read as an own property only, and an item is never made a text.
 */
const item = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Object.hasOwn(value, 'toString')
      ? { ...value, toString: null }
      : value,
  z.object({
    field: z.string(),
    fromString: z.string().nullish(),
    toString: z.string().nullish(),
  }),
);

const updated = z.object({
  issue: z.object({ key: ticketKey }),
  user: z.object({ accountId: z.string().nullish(), name: z.string().nullish() }).nullish(),
  changelog: z.object({ items: z.array(item) }).nullish(),
});

const EDITED = new Set(['description', 'summary']);

/** `X-Hub-Signature: sha256=<hex>` over the raw body (Atlassian, "Webhooks": secure admin webhooks). No time is signed. */
export function verify(rawBody: Uint8Array, headers: WebhookHeaders, secret: string): boolean {
  const [method, signature] = (header(headers, 'x-hub-signature') ?? '').split('=');
  return method === 'sha256' && isSignedWith(secret, [rawBody], signature ?? '');
}

/** Status changes and edits of what a ticket says. `X-Atlassian-Webhook-Identifier` is the same over retries. */
export function parse(rawBody: Uint8Array, headers: WebhookHeaders): WebhookReading {
  const event = parseBody(rawBody, kind);
  if (event === null) return { kind: 'malformed' };
  const deliveryId = deliveryIdOf(header(headers, 'x-atlassian-webhook-identifier'), rawBody);
  if (event.webhookEvent !== 'jira:issue_updated') return { kind: 'read', deliveryId, items: [] };
  const body = parseBody(rawBody, updated);
  if (body === null) return { kind: 'malformed' };
  const items = factsOf(body, `jira/${deliveryId}`).map((fact) => ({
    kind: 'fact' as const,
    fact,
  }));
  return { kind: 'read', deliveryId, items };
}

function factsOf({ issue, user, changelog }: z.infer<typeof updated>, id: string): Fact[] {
  const { key } = issue;
  const items = changelog?.items ?? [];
  const moves = items.filter(({ field }) => field === 'status');
  const moved = moves.map((move, index): Fact => {
    const by = user?.accountId ?? user?.name ?? null;
    const from = move.fromString ?? '';
    return {
      kind: 'ticket-moved',
      id: `${id}/moved/${index}`,
      key,
      from,
      to: move.toString ?? '',
      by,
    };
  });
  const edited = items.some(({ field }) => EDITED.has(field));
  return edited ? [...moved, { kind: 'ticket-edited', id: `${id}/edited`, key }] : moved;
}
