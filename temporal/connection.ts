import { Client, Connection } from '@temporalio/client';
import { dataConverter } from './data-converter.ts';

export interface TemporalAddress {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
  /** How long to wait for somebody to answer there; 10 s unless told. */
  readonly connectTimeoutMs?: number | undefined;
}

export interface TemporalConnection {
  readonly client: Client;
  readonly connection: Connection;
  /** One trivial question; throws `TemporalUnavailable`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** No Temporal server answers at the address. For people; what the client said is its cause. */
export class TemporalUnavailable extends Error {
  readonly address: string;
  constructor(address: string, cause: unknown) {
    super(`Temporal does not answer at ${address}. Is it running, and is the address right?`, {
      cause,
    });
    this.name = 'TemporalUnavailable';
    this.address = address;
  }
}

const CONNECT_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 2_000;

/**
 * Connects a client; afterwards it reconnects by itself for as long as it is open. Throws
 * `TemporalUnavailable` when nobody answers in time.
 */
export async function connectTemporal({
  address,
  namespace,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
}: TemporalAddress): Promise<TemporalConnection> {
  const connection = await open(address, connectTimeoutMs);
  const client = new Client({ connection, namespace, dataConverter });
  return {
    client,
    connection,
    async ping() {
      try {
        const deadline = Date.now() + PING_TIMEOUT_MS;
        await connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
      } catch (error) {
        throw new TemporalUnavailable(address, error);
      }
    },
    close: () => connection.close(),
  };
}

async function open(address: string, connectTimeout: number): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout });
  } catch (error) {
    throw new TemporalUnavailable(address, error);
  }
}
