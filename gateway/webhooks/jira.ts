import type { WebhookSource } from './webhooks-route.ts';
export function jiraSource(_s: unknown, _c: unknown): WebhookSource {
  return { name: 'jira', verify: () => false, read: () => ({ kind: 'malformed' }) };
}
