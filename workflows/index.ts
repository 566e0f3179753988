/** Every workflow a worker serves; the bundle is made from here. */
export { deliverTicket } from './deliver-ticket.ts';
export { changeRepository } from './change-repository.ts';
export { keepEnvironment } from './keep-environment.ts';
export { rollOut } from './roll-out.ts';
export { soak } from './soak.ts';
export { reconcile } from './reconcile.ts';
