import { digest, drawId, type JiraContext } from './context.ts';
import {
  comment,
  issueResource,
  project,
  status,
  time,
  user,
  type View,
} from './representation.ts';
import type { ChangeItem, Comment, Issue } from './state.ts';

/** Webhooks carry version 2 texts, whatever version made the change. */
function webhookView(context: JiraContext): View {
  return { baseUrl: context.baseUrl(), version: '2' };
}

/** Notes a change of fields: in the issue's changelog and as `jira:issue_updated`. */
export function announceUpdate(
  context: JiraContext,
  issue: Issue,
  author: string,
  items: readonly ChangeItem[],
): void {
  const view = webhookView(context);
  const now = Date.now();
  issue.updated = now;
  const id = drawId(context);
  if (items.length > 0) issue.changes.push({ id, author, created: now, items });
  const generic = items.some(({ field }) => field === 'status') || items.length === 0;
  context.ledger.webhook('jira:issue_updated', {
    timestamp: now,
    webhookEvent: 'jira:issue_updated',
    issue_event_type_name: generic ? 'issue_generic' : 'issue_updated',
    user: user(view, author),
    issue: issueBody(view, issue),
    changelog: { id, items },
  });
}

export function announceCreation(context: JiraContext, issue: Issue): void {
  const view = webhookView(context);
  context.ledger.effect('issue', `${issue.key}/issue/${digest(issue.summary)}`);
  context.ledger.webhook('jira:issue_created', {
    timestamp: issue.created,
    webhookEvent: 'jira:issue_created',
    issue_event_type_name: 'issue_created',
    user: user(view, issue.reporter),
    issue: issueBody(view, issue),
  });
}

export function announceComment(
  context: JiraContext,
  issue: Issue,
  one: Comment,
  event: 'comment_created' | 'comment_updated',
): void {
  const view = webhookView(context);
  issue.updated = one.updated;
  context.ledger.webhook(event, {
    timestamp: one.updated,
    webhookEvent: event,
    comment: comment(view, issue, one),
    issue: {
      id: issue.id,
      self: `${view.baseUrl}/rest/api/2/issue/${issue.id}`,
      key: issue.key,
      fields: {
        summary: issue.summary,
        issuetype: { id: '10001', name: 'Story', subtask: false },
        project: project(view),
        assignee: null,
        status: status(view, issue.status),
        updated: time(issue.updated),
      },
    },
    eventType: 'primaryAction',
  });
}

/** Comments are not among a webhook's fields in Jira Cloud. */
function issueBody(view: View, issue: Issue) {
  return issueResource(view, issue, ['*all', '-comment']);
}
