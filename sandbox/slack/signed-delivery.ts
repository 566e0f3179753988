import { createHmac } from 'node:crypto';
import type { Acknowledgement } from './socket-mode.ts';

/**
 * Posts an interaction the way Slack does to a request URL: a form with one field, signed with the
 * time (Slack's page "Verifying requests from Slack"). Acknowledged is what was answered 2xx in time.
 */
export async function deliverSigned(options: {
  readonly url: string;
  readonly signingSecret: string;
  readonly payload: unknown;
  readonly acknowledgeWithinMs: number;
}): Promise<Acknowledgement> {
  const { url, signingSecret, payload, acknowledgeWithinMs } = options;
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${digest.digest('hex')}`,
      },
      signal: AbortSignal.timeout(acknowledgeWithinMs),
    });
    const text = await response.text();
    return { acknowledged: response.ok, response: parse(text) };
  } catch {
    return { acknowledged: false };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
