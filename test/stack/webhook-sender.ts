import { createHmac } from 'node:crypto';

export interface Delivery {
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const sha256 = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('hex');

/** Signed as Jira signs (Atlassian, "Webhooks": secure admin webhooks). */
export function jiraDelivery(body: string, secret: string, id = 'from-outside-1'): Delivery {
  return {
    path: '/webhooks/jira',
    body,
    headers: {
      'content-type': 'application/json',
      'x-atlassian-webhook-identifier': id,
      'x-hub-signature': `sha256=${sha256(secret, body)}`,
    },
  };
}

/** Signed as GitHub signs (GitHub, "Validating webhook deliveries"). */
export function githubDelivery(body: string, secret: string, event: string): Delivery {
  return {
    path: '/webhooks/github',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': 'from-outside-2',
      'x-hub-signature-256': `sha256=${sha256(secret, body)}`,
    },
  };
}

/** Signed as Slack signs, at a time in seconds (Slack, "Verifying requests from Slack"). */
export function slackDelivery(payload: unknown, secret: string, at: number): Delivery {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return {
    path: '/slack/events',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${sha256(secret, `v0:${at}:${body}`)}`,
    },
  };
}

/** Answers the status; rejects when the connection was dropped without one. */
export async function send(gateway: string, delivery: Delivery): Promise<number> {
  const { path, body, headers } = delivery;
  const response = await fetch(`${gateway}${path}`, { method: 'POST', body, headers });
  await response.arrayBuffer();
  return response.status;
}

/** A ticket of the tracker that somebody moved. */
export function movedInJira(key: string, to: string): string {
  return JSON.stringify({
    timestamp: 1_700_000_000_000,
    webhookEvent: 'jira:issue_updated',
    user: { accountId: 'acc-requester' },
    issue: { id: '10001', key, fields: { summary: 'Moved' } },
    changelog: { id: '1', items: [{ field: 'status', fromString: 'To Do', toString: to }] },
  });
}
