import type { WebhookSource } from './webhooks-route.ts';
export function githubSource(_s: unknown, _c: unknown, _r: unknown): WebhookSource {
  return { name: 'github', verify: () => false, read: () => ({ kind: 'malformed' }) };
}
