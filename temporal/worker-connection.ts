import { NativeConnection } from '@temporalio/worker';
import { TemporalUnavailable } from './connection.ts';

/**
 * What workers connect with. Apart from `connection.ts`, so that a gateway does not load the native
 * core. Workers made with it also take `dataConverter`. Throws `TemporalUnavailable`.
 */
export async function connectWorker(address: string): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address });
  } catch (error) {
    throw new TemporalUnavailable(address, error);
  }
}
