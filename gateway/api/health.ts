import type { FastifyInstance } from 'fastify';
import type { Store } from '../../store/port.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { TicketWorkflows } from '../ticket-workflows.ts';

interface HealthDeps {
  readonly store: Pick<Store, 'ping'>;
  readonly workflows: Pick<TicketWorkflows, 'ping'>;
  readonly metrics: GatewayMetrics;
}

const PATIENCE_MS = 3_000;

/** `/healthz`: this process answers. `/readyz`: what it cannot do without answers too. */
export async function healthRoutes(scope: FastifyInstance, deps: HealthDeps) {
  scope.get('/healthz', () => ({ alive: true }));
  scope.get('/readyz', async (_request, reply) => {
    const [temporal, store] = await Promise.all([
      reachable(() => deps.workflows.ping()),
      reachable(() => deps.store.ping()),
    ]);
    return reply
      .status(temporal && store ? 200 : 503)
      .send({ ready: temporal && store, temporal, store });
  });
  scope.get('/metrics', async (_request, reply) =>
    reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics()),
  );
}

async function reachable(ask: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const answer = ask().then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
