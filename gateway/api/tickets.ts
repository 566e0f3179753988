import type { FastifyInstance } from 'fastify';
import type { Config } from '../../domain/config.schema.ts';
import { newTicket } from '../../domain/apply.ts';
import { rowOf } from '../../domain/ticket-row.ts';
import type { TicketRow } from '../../domain/ticket.ts';
import { IntegrationError } from '../../integrations/errors.ts';
import type { TrackerPort } from '../../integrations/tracker/port.ts';
import type { Store } from '../../store/port.ts';
import { parseRequest, Problem } from '../problem.ts';
import type { TicketWorkflows } from '../ticket-workflows.ts';
import { historyOf, ticketOf } from './shapes.ts';
import {
  historyQuery,
  keyParams,
  packetParams,
  startRequest,
  ticketsQuery,
} from './shapes.schema.ts';

interface TicketRoutesDeps {
  readonly config: Pick<Config, 'tracker'>;
  readonly store: Pick<
    Store,
    'readTicket' | 'listTickets' | 'readIntervals' | 'readPacketByVersion' | 'auditAfter'
  >;
  readonly workflows: TicketWorkflows;
  readonly readTicket: TrackerPort['readTicket'] | undefined;
  readonly clock: () => number;
}

export async function ticketRoutes(scope: FastifyInstance, deps: TicketRoutesDeps) {
  const { store } = deps;
  scope.get('/api/tickets', async (request) => {
    const query = parseRequest(ticketsQuery, request.query, 'query');
    const page = await store.listTickets(query);
    return { tickets: page.tickets.map(ticketOf), next: page.next };
  });
  scope.post('/api/tickets', async (request) => {
    const { key } = parseRequest(startRequest, request.body, 'body');
    return ticketOf(await startByHand(deps, key));
  });
  scope.get('/api/tickets/:key', async (request) => {
    const { key } = parseRequest(keyParams, request.params, 'path');
    return ticketOf(await ticketOrProblem(deps, key));
  });
  scope.get('/api/tickets/:key/packets/:version', async (request, reply) => {
    const { key, version } = parseRequest(packetParams, request.params, 'path');
    const json = await store.readPacketByVersion(key, version);
    if (json === null) throw new Problem(404, 'no-packet', `${key} has no packet v${version}.`);
    return reply.type('application/json; charset=utf-8').send(json);
  });
  scope.get('/api/tickets/:key/history', async (request) => {
    const { key } = parseRequest(keyParams, request.params, 'path');
    const { after, limit } = parseRequest(historyQuery, request.query, 'query');
    const row = await ticketOrProblem(deps, key);
    const [intervals, entries] = await Promise.all([
      store.readIntervals(key),
      store.auditAfter(after, limit, key),
    ]);
    return historyOf(row, intervals, entries, limit);
  });
}

/** Starting a started ticket changes nothing; one that was cancelled or abandoned begins anew. */
async function startByHand(deps: TicketRoutesDeps, key: string): Promise<TicketRow> {
  const { config, store, workflows, clock } = deps;
  const project = key.slice(0, key.lastIndexOf('-'));
  if (!config.tracker.projects.includes(project)) {
    const known = config.tracker.projects.join(', ');
    throw new Problem(404, 'no-ticket', `${project} is not a project of baton.yaml (${known}).`);
  }
  const row = await store.readTicket(key);
  if (row !== null && (row.outcome === null || row.outcome === 'stable')) return row;
  const title = await titleOf(deps, key);
  await workflows.start(key, 'cli');
  const fresh = rowOf(newTicket(key, clock()));
  return { ...fresh, title: title ?? fresh.title };
}

/** Asks the tracker first, so that a mistyped key is refused instead of carried. */
async function titleOf({ readTicket }: TicketRoutesDeps, key: string): Promise<string | null> {
  if (readTicket === undefined) return null;
  try {
    return (await readTicket({ key })).title;
  } catch (error) {
    if (error instanceof IntegrationError && error.kind === 'IntegrationRejected') {
      throw new Problem(404, 'no-ticket', `There is no ticket ${key} in Jira.`);
    }
    const reason = error instanceof IntegrationError ? error.message : 'unknown reason';
    throw new Problem(503, 'tracker-away', `Jira could not be asked about ${key}: ${reason}`);
  }
}

/** A ticket that was started a moment ago may have a workflow, but no row yet. */
async function ticketOrProblem(deps: TicketRoutesDeps, key: string): Promise<TicketRow> {
  const row = await deps.store.readTicket(key);
  if (row !== null) return row;
  const startedAt = await deps.workflows.startedAt(key);
  if (startedAt !== null) return rowOf(newTicket(key, startedAt));
  throw new Problem(
    404,
    'no-ticket',
    `Baton does not carry ${key}. Move it to the start status in Jira, or run \`baton start ${key}\`.`,
  );
}
