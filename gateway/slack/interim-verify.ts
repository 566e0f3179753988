import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
export function verify(raw: Buffer, h: IncomingHttpHeaders, secret: string, now: number): boolean {
  const t = String(h['x-slack-request-timestamp'] ?? '');
  if (!/^\d{1,12}$/.test(t) || Math.abs(now - Number(t) * 1000) > 300_000) return false;
  const want = Buffer.from(
    `v0=${createHmac('sha256', secret).update(`v0:${t}:`).update(raw).digest('hex')}`,
  );
  const got = Buffer.from(String(h['x-slack-signature'] ?? ''));
  return want.length === got.length && timingSafeEqual(want, got);
}
