import type { StateFile } from '../state-file.ts';
import { PRODUCTION, type ClusterState } from './state.ts';

export interface TrafficRate {
  /** Requests a second that customers send to the service now. */
  of(service: string): number;
  /** Until it is set back to null, this many to every service. */
  set(requestsPerSecond: number | null): void;
}

/** Few customers while nothing happens: the machine has other work. */
const QUIET = 4;
const BUSY: Readonly<Record<string, number>> = { checkout: 80 };
const BUSY_OTHERS = 30;
/** A soak looks at this much time after a change. */
const BUSY_AFTER_CHANGE_MS = 10 * 60_000;

/** Customers come while a release is being rolled out in production and for a while after it. */
export function createTrafficRate(state: Pick<StateFile<ClusterState>, 'value'>): TrafficRate {
  let asked: number | null = null;
  const isBusy = () => {
    const services = Object.values(state.value.environments[PRODUCTION]?.services ?? {});
    const changing = services.some(({ candidate }) => candidate !== null);
    return changing || Date.now() - state.value.changedAt < BUSY_AFTER_CHANGE_MS;
  };
  return {
    of: (service) => asked ?? (isBusy() ? (BUSY[service] ?? BUSY_OTHERS) : QUIET),
    set: (requestsPerSecond) => {
      asked = requestsPerSecond;
    },
  };
}
