import { z } from 'zod';
import type { Fact } from '../../domain/fact.schema.ts';
import {
  deliveryIdOf,
  header,
  isSignedWith,
  parseBody,
  type ReviewCandidate,
  type WebhookHeaders,
  type WebhookItem,
  type WebhookReading,
} from '../webhook.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const repository = z.object({ full_name: z.string() });
const branch = z.object({ ref: z.string() });

const checkSuite = z.object({
  action: z.string(),
  repository,
  check_suite: z.object({ head_sha: sha, head_branch: z.string().nullish() }),
});
const pullRequest = z.object({
  action: z.string(),
  repository,
  pull_request: z.object({ number: z.int(), merged: z.boolean().nullish(), head: branch }),
});
const pullRequestReview = z.object({
  action: z.string(),
  repository,
  review: z.object({
    id: z.union([z.int(), z.string()]),
    state: z.string(),
    commit_id: z.string().nullish(),
    body: z.string().nullish(),
    user: z.object({ login: z.string(), type: z.string().nullish() }).nullish(),
  }),
  pull_request: z.object({ number: z.int(), head: branch }),
});
const push = z.object({ ref: z.string(), after: sha, deleted: z.boolean().nullish(), repository });

/** `X-Hub-Signature-256: sha256=<hex>` over the raw body (GitHub, "Validating webhook deliveries"). */
export function verify(rawBody: Uint8Array, headers: WebhookHeaders, secret: string): boolean {
  const [method, signature] = (header(headers, 'x-hub-signature-256') ?? '').split('=');
  return method === 'sha256' && isSignedWith(secret, [rawBody], signature ?? '');
}

/**
 * What concerns the branches `baton/<KEY>/<round>`: CI that finished, pull requests that were closed,
 * finished reviews, pushes. Everything else is genuine and not used.
 */
export function parse(rawBody: Uint8Array, headers: WebhookHeaders): WebhookReading {
  const event = header(headers, 'x-github-event');
  if (event === undefined || parseBody(rawBody, z.object({})) === null)
    return { kind: 'malformed' };
  const deliveryId = deliveryIdOf(header(headers, 'x-github-delivery'), rawBody);
  const read = Object.hasOwn(READERS, event) ? READERS[event] : undefined;
  const items = read === undefined ? [] : read(rawBody, `github/${deliveryId}`);
  return items === null ? { kind: 'malformed' } : { kind: 'read', deliveryId, items };
}

/** `null`: not the payload that this event has. */
type Reader = (rawBody: Uint8Array, id: string) => WebhookItem[] | null;

const READERS: Readonly<Record<string, Reader>> = {
  // Runs are not read one by one: their suite says when all of them have ended.
  check_suite: reader(checkSuite, (body, id) => {
    const { head_sha: commit, head_branch: head } = body.check_suite;
    return body.action === 'completed' ? ciFinished(id, body, commit, [head]) : [];
  }),
  pull_request: reader(pullRequest, (body, id) => {
    const { number, merged, head } = body.pull_request;
    const key = keyOf(head.ref);
    if (body.action !== 'closed' || key === null) return [];
    const place = { key, repository: body.repository.full_name, number };
    return [toFact({ kind: 'pull-request-closed', id, ...place, merged: merged === true })];
  }),
  pull_request_review: reader(pullRequestReview, (body) => {
    const review = body.action === 'submitted' ? candidateOf(body) : null;
    return review === null ? [] : [{ kind: 'review', review }];
  }),
  push: reader(push, (body, id) => {
    const name = /^refs\/heads\/(.+)$/.exec(body.ref)?.[1];
    const key = keyOf(name);
    if (name === undefined || key === null || body.deleted === true) return [];
    const place = { key, repository: body.repository.full_name, branch: name };
    return [toFact({ kind: 'branch-pushed', id, ...place, commit: body.after })];
  }),
};

function reader<S extends z.ZodType>(
  schema: S,
  read: (body: z.infer<S>, id: string) => WebhookItem[],
): Reader {
  return (rawBody, id) => {
    const body = parseBody(rawBody, schema);
    return body === null ? null : read(body, id);
  };
}

function ciFinished(
  id: string,
  { repository: { full_name: place } }: { readonly repository: z.infer<typeof repository> },
  commit: string,
  heads: readonly (string | null | undefined)[],
): WebhookItem[] {
  const key = heads.map(keyOf).find((one) => one !== null);
  if (key === undefined) return [];
  return [toFact({ kind: 'ci-finished', id, key, repository: place, commit })];
}

const STATES = new Map<string, ReviewCandidate['state']>([
  ['approved', 'approved'],
  ['changes_requested', 'changes-requested'],
]);

/** `null` for a comment, and for a review whose account or commit is gone. */
function candidateOf({
  review,
  pull_request: pull,
  repository: { full_name: place },
}: z.infer<typeof pullRequestReview>): ReviewCandidate | null {
  const state = STATES.get(review.state.toLowerCase());
  const key = keyOf(pull.head.ref);
  const { user, commit_id: commit } = review;
  if (state === undefined || key === null || !user || !commit) return null;
  return {
    id: String(review.id),
    key,
    repository: place,
    number: pull.number,
    login: user.login,
    isBot: user.type === 'Bot' || user.login.endsWith('[bot]'),
    state,
    commit,
    text: review.body ?? '',
  };
}

/** `baton/SHOP-142/1` belongs to SHOP-142, also with a suffix (`baton/SHOP-142/1-revert`). */
function keyOf(name: string | null | undefined): string | null {
  return /^baton\/([A-Z][A-Z0-9_]+-[1-9][0-9]*)\/[0-9][^/]*$/.exec(name ?? '')?.[1] ?? null;
}

function toFact(fact: Fact): WebhookItem {
  return { kind: 'fact', fact };
}
