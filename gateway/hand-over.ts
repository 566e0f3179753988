import type { Logger } from 'pino';
import type { Config } from '../domain/config.schema.ts';
import type { Decision, DecisionReceipt } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import { isNews } from '../domain/news.ts';
import type { TicketRow } from '../domain/ticket.ts';
import type { Store } from '../store/port.ts';
import type { AnswerTo, ForgeReview, InboxBody, InboxItem } from './inbox-body.schema.ts';
import type { HandOver } from './inbox.ts';
import type { GatewayMetrics } from './metrics.ts';
import { findPerson, unknownPerson } from './people.ts';
import type { TicketWorkflows } from './ticket-workflows.ts';

/** Tells a person, where they decided, that the decision did not count. Never throws. */
export type AnswerPerson = (answer: {
  readonly to: AnswerTo;
  /** Names the answer for ever, so that it appears once. */
  readonly id: string;
  readonly sentence: string;
}) => Promise<void>;

interface HandOverDeps {
  readonly config: Config;
  readonly store: Pick<Store, 'readTicket'>;
  readonly workflows: TicketWorkflows;
  readonly answer: AnswerPerson;
  readonly metrics: Pick<GatewayMetrics, 'decisions'>;
  readonly log: Logger;
}

/** Turns what a delivery says into signals and updates. Decides nothing: the workflow does. */
export function createHandOver(deps: HandOverDeps): HandOver {
  return async (body: InboxBody) => {
    let receipt: DecisionReceipt | null = null;
    for (const item of body.items) receipt = (await handOverItem(deps, item)) ?? receipt;
    return receipt;
  };
}

async function handOverItem(deps: HandOverDeps, item: InboxItem): Promise<DecisionReceipt | null> {
  switch (item.kind) {
    case 'fact':
      await handOverFact(deps, item.fact);
      return null;
    case 'review':
      return handOverReview(deps, item.review);
    case 'decision':
      return handOverDecision(deps, item.key, item.decision, item.answerTo);
    default:
      item satisfies never;
      return null;
  }
}

/** A move to the start status begins a ticket, unless it has reached stable; other facts only inform, when they are news. */
async function handOverFact({ config, store, workflows, log }: HandOverDeps, fact: Fact) {
  const { statuses } = config.tracker;
  if (!isOurs(config, fact)) {
    log.debug({ kind: fact.kind, key: fact.key }, 'a fact about something not configured');
    return;
  }
  const ticket = await store.readTicket(fact.key);
  const isOnItsWay = ticket !== null && ticket.outcome === null;
  const starts = fact.kind === 'ticket-moved' && fact.to === statuses.start;
  if (starts && !isOnItsWay) {
    if (ticket?.outcome === 'stable') {
      log.info({ key: fact.key }, 'the ticket is stable already: its move starts nothing');
    } else await workflows.start(fact.key, 'jira');
    return;
  }
  // Without a row the ticket may just have begun: then everything is told.
  if (ticket !== null && !(isOnItsWay && isNews(ticket, fact, statuses))) {
    log.debug({ kind: fact.kind, key: fact.key }, 'an echo, or about a ticket that has ended');
    return;
  }
  const told = await workflows.report(fact);
  log.debug({ kind: fact.kind, key: fact.key, told }, 'a fact was reported');
}

/** Whoever holds a webhook's secret may speak for many projects and repositories; these are ours. */
function isOurs(
  { tracker, services }: Config,
  { key, repository }: { readonly key: string; readonly repository?: string },
): boolean {
  const project = key.slice(0, key.lastIndexOf('-'));
  if (!tracker.projects.includes(project)) return false;
  return (
    repository === undefined ||
    services.some((service) => sameRepository(service.repository, repository))
  );
}

/** A review is a decision of the gate `review`, when it is about exactly what is under review. */
async function handOverReview(
  deps: HandOverDeps,
  review: ForgeReview,
): Promise<DecisionReceipt | null> {
  const { config, store, log } = deps;
  const row = isOurs(config, review) ? await store.readTicket(review.key) : null;
  if (row === null) {
    log.info({ key: review.key, repository: review.repository }, 'a review of no ticket of ours');
    return null;
  }
  const answerTo: AnswerTo = {
    kind: 'github',
    repository: review.repository,
    number: review.number,
  };
  const identity = { kind: 'github', login: review.login } as const;
  const person = findPerson(config.people, identity);
  const refusal =
    person === undefined
      ? unknownPerson(identity, row.key, row, config)
      : notUnderReview(row, review);
  if (person === undefined || refusal !== null) {
    const sentence = refusal ?? '';
    await deps.answer({ to: answerTo, id: review.id, sentence });
    return { counted: false, sentence };
  }
  return handOverDecision(deps, row.key, decisionOf(review, person.id), answerTo);
}

function decisionOf(review: ForgeReview, by: string): Decision {
  const common = { id: review.id, by, channel: 'github', gate: 'review' } as const;
  return review.state === 'approved'
    ? { kind: 'approve', ...common }
    : { kind: 'reject', ...common, reason: review.text.trim() || 'changes requested on GitHub' };
}

/** Null when the review saw exactly the commit that the ticket's change set names. */
function notUnderReview(row: TicketRow, review: ForgeReview): string | null {
  const change = row.changes.find(
    (c) =>
      sameRepository(c.repository, review.repository) && c.pullRequest.number === review.number,
  );
  if (change === undefined) {
    return `This pull request is not what ${row.key} has under review now, so the review decides nothing.`;
  }
  if (review.state === 'approved' && row.changes.length > 1) {
    return `${row.key} changes ${row.changes.length} repositories, and this review saw one of them: approve the whole in Slack, or with baton approve ${row.key} --gate review.`;
  }
  if (change.headCommit === review.commit) return null;
  return `This review is about commit ${review.commit.slice(0, 8)}, but ${row.key} has ${change.headCommit.slice(0, 8)} under review: look at that one and review again.`;
}

async function handOverDecision(
  { store, workflows, answer, metrics }: HandOverDeps,
  key: string,
  decision: Decision,
  answerTo: AnswerTo | null,
): Promise<DecisionReceipt> {
  const receipt =
    (await workflows.decide(key, decision)) ?? nobodyToAsk(key, await store.readTicket(key));
  const result = receipt.counted ? 'counted' : 'refused';
  metrics.decisions.inc({ channel: decision.channel, result });
  if (!receipt.counted && answerTo !== null) {
    await answer({ to: answerTo, id: decision.id, sentence: receipt.sentence });
  }
  return receipt;
}

function nobodyToAsk(key: string, row: TicketRow | null): DecisionReceipt {
  const sentence =
    row === null
      ? `Baton does not carry ${key}: move it to the start status in Jira, or run \`baton start ${key}\`.`
      : row.outcome === null
        ? `${key} has no running workflow, so nothing was decided. \`baton doctor\` says more.`
        : `${key} has ended (${row.outcome}): nothing can be decided any more.`;
  return { counted: false, sentence };
}

/** GitHub treats names of repositories without regard to case. */
function sameRepository(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
