import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import type { Fact } from '../domain/fact.schema.ts';

/** As Node's HTTP server gives them: by lower-case name. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What somebody decided on the forge: a candidate for a decision, not one yet. */
export interface ReviewCandidate {
  /** The forge's own id of the review. */
  readonly id: string;
  readonly key: string;
  readonly repository: string;
  readonly number: number;
  readonly login: string;
  readonly isBot: boolean;
  readonly state: 'approved' | 'changes-requested';
  /** The commit that was reviewed. */
  readonly commit: string;
  /** The reviewer's words; somebody else's text. */
  readonly text: string;
}

export type WebhookItem =
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'review'; readonly review: ReviewCandidate };

/** What a genuine delivery says; no items when its kind is not used here. */
export type WebhookReading =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'read'; readonly deliveryId: string; readonly items: readonly WebhookItem[] };

/** The first value of a header, or undefined. */
export function header(headers: WebhookHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** HMAC-SHA256 in hexadecimal over the raw bytes, compared in constant time. */
export function isSignedWith(
  secret: string,
  parts: readonly (string | Uint8Array)[],
  signature: string,
): boolean {
  if (secret === '' || !/^[0-9a-f]{64}$/i.test(signature)) return false;
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return timingSafeEqual(hmac.digest(), Buffer.from(signature, 'hex'));
}

/** The delivery's own id; where the sender gives none, or an endless one, its body names it. */
export function deliveryIdOf(given: string | undefined, rawBody: Uint8Array): string {
  if (given !== undefined && given !== '' && given.length <= 200) return given;
  return `sha256:${createHash('sha256').update(rawBody).digest('hex')}`;
}

/** The body as the schema sees it; `null` when it is not JSON or not that. */
export function parseBody<S extends z.ZodType>(rawBody: Uint8Array, schema: S): z.infer<S> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
