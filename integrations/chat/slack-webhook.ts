import { z } from 'zod';
import { header, isSignedWith, parseBody, type WebhookHeaders } from '../webhook.ts';

/** Slack's own figure; its clock and ours may differ either way. */
const WINDOW_MS = 5 * 60_000;

/** What Slack sent, whatever it is; `type` says which. */
export type SlackPayload = { readonly type: string } & Readonly<Record<string, unknown>>;

export type SlackReading =
  { readonly kind: 'malformed' } | { readonly kind: 'read'; readonly payload: SlackPayload };

const payload = z.looseObject({ type: z.string() });

/**
 * `X-Slack-Signature: v0=<hex>` over `v0:<timestamp>:<raw body>` (Slack, "Verifying requests from
 * Slack"). A time that lies further off than five minutes, on either side, is not believed.
 *
 * @param now - milliseconds since 1970
 */
export function verify(
  rawBody: Uint8Array,
  headers: WebhookHeaders,
  secret: string,
  now: number,
): boolean {
  const timestamp = header(headers, 'x-slack-request-timestamp') ?? '';
  if (!/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1_000) > WINDOW_MS) return false;
  const [version, signature] = (header(headers, 'x-slack-signature') ?? '').split('=');
  return version === 'v0' && isSignedWith(secret, [`v0:${timestamp}:`, rawBody], signature ?? '');
}

/** Interactions come as a form with one field `payload`, events as JSON. */
export function parse(rawBody: Uint8Array, headers: WebhookHeaders): SlackReading {
  const form = /^application\/x-www-form-urlencoded\b/i.test(header(headers, 'content-type') ?? '');
  const json = form
    ? new URLSearchParams(Buffer.from(rawBody).toString('utf8')).get('payload')
    : rawBody;
  if (json === null) return { kind: 'malformed' };
  const read = parseBody(typeof json === 'string' ? Buffer.from(json) : json, payload);
  return read === null ? { kind: 'malformed' } : { kind: 'read', payload: read };
}
