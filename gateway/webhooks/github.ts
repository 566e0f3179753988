import type { Secrets } from '../../domain/config.schema.ts';
import { parse, verify } from '../../integrations/forge/github-webhook.ts';
import type { ReviewCandidate } from '../../integrations/webhook.ts';
import type { ForgeReview, InboxItem } from '../inbox-body.schema.ts';
import type { Redact } from '../../integrations/redaction.ts';
import type { WebhookSource } from './webhooks-route.ts';

const TEXT_LIMIT = 2000;

export function githubSource(
  secrets: Pick<Secrets, 'GITHUB_WEBHOOK_SECRET'>,
  redact: Redact,
): WebhookSource {
  return {
    name: 'github',
    verify: (raw, headers) => verify(raw, headers, secrets.GITHUB_WEBHOOK_SECRET),
    read(raw, headers) {
      const reading = parse(raw, headers);
      if (reading.kind === 'malformed') return reading;
      const items = reading.items.flatMap((item): InboxItem[] => {
        if (item.kind === 'fact') return [item];
        // Bots decide nothing, and answering one could go on for ever.
        return item.review.isBot ? [] : [{ kind: 'review', review: reviewOf(item.review, redact) }];
      });
      return { ...reading, items };
    },
  };
}

/** The review's own id, and not the delivery's, names the decision: a redelivery decides nothing anew. */
function reviewOf(candidate: ReviewCandidate, redact: Redact): ForgeReview {
  const { id, key, repository, number, login, state, commit, text } = candidate;
  return {
    id: `github/${repository}/review/${id}`,
    key,
    repository,
    number,
    login,
    state,
    commit,
    text: redact(text).slice(0, TEXT_LIMIT),
  };
}
