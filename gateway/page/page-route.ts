import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Store } from '../../store/port.ts';
import { parseRequest } from '../problem.ts';
import { PAGE_STYLE, ticketsPage } from './tickets-page.ts';

const pageQuery = z.object({ after: z.string().min(1).max(500).optional() });
const PAGE = 50;

/** No script, no frame, no foreign origin: what a ticket's text could ever become stays text. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export async function pageRoute(
  scope: FastifyInstance,
  store: Pick<Store, 'listTickets'>,
  clock: () => number,
) {
  scope.get('/', async (request, reply) => {
    const { after } = parseRequest(pageQuery, request.query, 'query');
    const page = await store.listTickets({ after, limit: PAGE });
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': POLICY,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      .send(ticketsPage(page, clock()));
  });
}
