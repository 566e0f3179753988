import type { Secrets } from '../../domain/config.schema.ts';
import { parse, verify } from '../../integrations/tracker/jira-webhook.ts';
import type { WebhookSource } from './webhooks-route.ts';

export function jiraSource(secrets: Pick<Secrets, 'JIRA_WEBHOOK_SECRET'>): WebhookSource {
  return {
    name: 'jira',
    verify: (raw, headers) => verify(raw, headers, secrets.JIRA_WEBHOOK_SECRET),
    read(raw, headers) {
      const reading = parse(raw, headers);
      if (reading.kind === 'malformed') return reading;
      return { ...reading, items: reading.items.filter((item) => item.kind === 'fact') };
    },
  };
}
