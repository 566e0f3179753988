import type { FastifyInstance } from 'fastify';
import { z, type ZodType } from 'zod';
import {
  auditEntryShape,
  auditVerdictShape,
  decisionRequest,
  historyShape,
  packetShape,
  problemShape,
  receiptShape,
  startRequest,
  ticketShape,
  ticketsShape,
} from './shapes.schema.ts';

interface Operation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly query?: readonly string[];
  readonly body?: ZodType;
  readonly answer?: ZodType;
  readonly mediaType?: string;
}

const SCHEMAS: Readonly<Record<string, ZodType>> = {
  Ticket: ticketShape,
  Tickets: ticketsShape,
  History: historyShape,
  AuditEntry: auditEntryShape,
  AuditVerdict: auditVerdictShape,
  Packet: packetShape,
  StartRequest: startRequest,
  DecisionRequest: decisionRequest,
  Receipt: receiptShape,
  Problem: problemShape,
};

/** Every route of this listener that a client may rely on. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/tickets',
    summary: 'Tickets that Baton carries, a page at a time',
    query: ['after', 'limit', 'stage', 'open'],
    answer: ticketsShape,
  },
  {
    method: 'post',
    path: '/api/tickets',
    summary: 'Start a ticket by hand; a started one is left as it is',
    body: startRequest,
    answer: ticketShape,
  },
  { method: 'get', path: '/api/tickets/{key}', summary: 'One ticket', answer: ticketShape },
  {
    method: 'get',
    path: '/api/tickets/{key}/packets/{version}',
    summary: 'One handoff packet, as canonical JSON',
    answer: packetShape,
  },
  {
    method: 'get',
    path: '/api/tickets/{key}/history',
    summary: "A ticket's story: stages, approvals, rollouts, questions and audit entries",
    query: ['after', 'limit'],
    answer: historyShape,
  },
  {
    method: 'post',
    path: '/api/tickets/{key}/decisions',
    summary: 'Decide; the header x-baton-as says who, on a listener on loopback',
    body: decisionRequest,
    answer: receiptShape,
  },
  {
    method: 'get',
    path: '/api/audit/verify',
    summary: 'Whether the audit chain is whole',
    answer: auditVerdictShape,
  },
  {
    method: 'get',
    path: '/api/events',
    summary: 'Audit entries as they come (server-sent events); resumes by Last-Event-ID',
    query: ['after', 'ticket'],
    answer: auditEntryShape,
    mediaType: 'text/event-stream',
  },
  { method: 'post', path: '/webhooks/jira', summary: 'Signed deliveries of Jira' },
  { method: 'post', path: '/webhooks/github', summary: 'Signed deliveries of GitHub' },
  { method: 'post', path: '/slack/events', summary: 'Signed deliveries of Slack' },
  { method: 'get', path: '/healthz', summary: 'Alive' },
  { method: 'get', path: '/readyz', summary: 'Temporal and the store are reachable' },
  { method: 'get', path: '/metrics', summary: 'Metrics of Prometheus', mediaType: 'text/plain' },
];

export async function openApiRoute(scope: FastifyInstance) {
  let document: unknown;
  scope.get('/openapi.json', () => (document ??= openApiDocument()));
}

/** OpenAPI 3.1, generated from the schemas that parse the requests. */
export function openApiDocument() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  const schemas = Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      name,
      z.toJSONSchema(schema, { io: 'input' }),
    ]),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'Baton', version: '1', description: 'The gateway of Baton.' },
    paths,
    components: { schemas },
  };
}

function describe({ method, path, summary, query = [], body, answer, mediaType }: Operation) {
  const names = [...path.matchAll(/\{([a-z]+)\}/g)].map((match) => match[1] ?? '');
  return {
    operationId: `${method}${path.replace(/[^A-Za-z]+/g, '-').replace(/-$/, '')}`,
    summary,
    parameters: [
      ...names.map((name) => parameter(name, 'path')),
      ...query.map((name) => parameter(name, 'query')),
    ],
    ...(body !== undefined && { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: {
        description: 'Done',
        ...(answer !== undefined && { content: json(answer, mediaType) }),
      },
      '4XX': { description: 'Refused, with a sentence', content: json(problemShape) },
      503: { description: 'The store or Temporal is away', content: json(problemShape) },
    },
  };
}

function parameter(name: string, where: 'path' | 'query') {
  return { name, in: where, required: where === 'path', schema: { type: 'string' } };
}

function json(schema: ZodType, mediaType = 'application/json') {
  const name = Object.entries(SCHEMAS).find(([, known]) => known === schema)?.[0] ?? '';
  return { [mediaType]: { schema: { $ref: `#/components/schemas/${name}` } } };
}
