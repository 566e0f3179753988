import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Store } from '../../store/port.ts';
import type { Door } from '../caller.ts';
import type { Decisions } from '../decisions.ts';
import { parseRequest, Problem } from '../problem.ts';
import type { TicketWorkflows } from '../ticket-workflows.ts';
import { decisionRequest, keyParams } from './shapes.schema.ts';

interface DecisionRoutesDeps {
  readonly decisions: Decisions;
  readonly store: Pick<Store, 'readTicket'>;
  readonly workflows: Pick<TicketWorkflows, 'startedAt'>;
  readonly door: Door;
}

/**
 * `POST /api/tickets/:key/decisions`: 200 with a receipt, counted or not; 202 when it is kept because
 * the workflow does not answer; 404 when there is no such ticket.
 */
export async function decisionRoutes(scope: FastifyInstance, deps: DecisionRoutesDeps) {
  const { decisions, store, workflows, door } = deps;
  scope.post('/api/tickets/:key/decisions', async (request, reply) => {
    const { key } = parseRequest(keyParams, request.params, 'path');
    const wish = parseRequest(decisionRequest, request.body, 'body');
    const by = door.identify({
      headers: request.headers,
      remoteAddress: request.socket.remoteAddress,
    });
    const channel = request.headers.origin === undefined ? 'cli' : 'web';
    const receipt = await decisions.decide({
      key,
      request: wish,
      id: `api/${randomUUID()}`,
      by,
      channel,
      answerTo: null,
    });
    if (!receipt.counted && !receipt.pending && (await isUnknown(key))) {
      throw new Problem(404, 'no-ticket', receipt.sentence);
    }
    return reply.status(receipt.pending ? 202 : 200).send(receipt);
  });

  async function isUnknown(key: string): Promise<boolean> {
    return (await store.readTicket(key)) === null && (await workflows.startedAt(key)) === null;
  }
}
