import type { FastifyInstance } from 'fastify';
import type { Store } from '../../store/port.ts';

export async function auditRoutes(scope: FastifyInstance, store: Pick<Store, 'verifyAudit'>) {
  scope.get('/api/audit/verify', () => store.verifyAudit());
}
