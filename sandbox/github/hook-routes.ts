import type { Delivery } from '../webhook-outbox.ts';
import {
  findRepository,
  githubError,
  record,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import type { Repository } from './state.ts';

const HOOKS = '/repos/:owner/:repo/hooks';
export const HOOK_ID = 1;

/**
 * The repository's one webhook and what was delivered to it: GitHub does not redeliver by itself,
 * but to whoever asks.
 */
export function hookRoutes(
  context: GithubContext,
  targetUrl: string,
): Readonly<Record<string, GithubHandler>> {
  return {
    [`GET ${HOOKS}`]: (call) => {
      const repository = findRepository(context, call);
      return { status: 200, body: [hook(context, repository, targetUrl)] };
    },
    [`GET ${HOOKS}/:hook/deliveries`]: (call) => list(context, call),
    [`GET ${HOOKS}/:hook/deliveries/:delivery`]: (call) => {
      const repository = findRepository(context, call);
      const delivery = find(context, repository, call);
      const payload: unknown = JSON.parse(delivery.body);
      const request = { headers: { 'X-GitHub-Delivery': delivery.guid }, payload };
      const response = { headers: {}, payload: null };
      return { status: 200, body: { ...item(repository, delivery), request, response } };
    },
    [`POST ${HOOKS}/:hook/deliveries/:delivery/attempts`]: (call) => {
      const repository = findRepository(context, call);
      context.webhooks.redeliver(find(context, repository, call).id);
      return { status: 202, body: {} };
    },
  };
}

function hook(context: GithubContext, repository: Repository, targetUrl: string) {
  const url = `${context.baseUrl()}/repos/${repository.fullName}/hooks/${HOOK_ID}`;
  const at = new Date(repository.createdAt).toISOString();
  return {
    type: 'Repository',
    id: HOOK_ID,
    name: 'web',
    active: true,
    events: ['*'],
    config: { url: targetUrl, content_type: 'json', insecure_ssl: '0', secret: '********' },
    created_at: at,
    updated_at: at,
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: { code: null, status: 'unused', message: null },
  };
}

/** Newest first; `cursor` is the id before which the next page begins. */
function list(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  checkHook(call);
  const query = call.url.searchParams;
  const size = Math.min(100, Number(query.get('per_page') ?? 30) || 30);
  const cursor = Number(query.get('cursor') ?? Infinity) || Infinity;
  const all = deliveriesOf(context, repository).filter(({ id }) => id < cursor);
  const page = all.toReversed().slice(0, size);
  const last = page.at(-1);
  const next = new URL(call.url.pathname + call.url.search, context.baseUrl());
  next.searchParams.set('cursor', String(last?.id));
  const more = all.length > page.length;
  return {
    status: 200,
    headers: more ? { link: `<${next.href}>; rel="next"` } : {},
    body: page.map((delivery) => item(repository, delivery)),
  };
}

/** What was never tried is not listed yet. */
function deliveriesOf(context: GithubContext, { fullName }: Repository): Delivery[] {
  return context.webhooks
    .deliveries()
    .filter((delivery) => delivery.attempts.length > 0)
    .filter((delivery) => record(payloadOf(delivery)['repository'])['full_name'] === fullName);
}

function payloadOf({ body }: Delivery): Record<string, unknown> {
  return record(JSON.parse(body));
}

function checkHook({ params }: GithubCall): void {
  if (params['hook'] !== String(HOOK_ID)) throw githubError(404, 'Not Found');
}

function find(context: GithubContext, repository: Repository, call: GithubCall): Delivery {
  checkHook(call);
  const wanted = call.params['delivery'];
  const found = deliveriesOf(context, repository).find(({ id }) => String(id) === wanted);
  if (!found) throw githubError(404, 'Not Found');
  return found;
}

function item(repository: Repository, delivery: Delivery) {
  const attempt = delivery.attempts.at(-1);
  const code = attempt?.status ?? 0;
  const { action } = payloadOf(delivery);
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: attempt?.at ?? new Date(0).toISOString(),
    redelivery: delivery.redelivery,
    duration: (attempt?.durationMs ?? 0) / 1000,
    status:
      code >= 200 && code < 300
        ? 'OK'
        : code === 0
          ? 'failed to connect to host'
          : 'Invalid HTTP Response',
    status_code: code,
    event: delivery.event,
    action: typeof action === 'string' ? action : null,
    installation_id: null,
    repository_id: repository.id,
    throttled_at: null,
  };
}
