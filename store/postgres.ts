import { Kysely, PostgresDialect, type DatabaseConnection, type Driver } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';
import { createPostgresNotifier } from './postgres-notifier.ts';
import type { Tables } from './tables.ts';
import { refuseInsideTransaction } from './transactions.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** No question of ours takes longer; a stuck one must not hold the audit lock. */
const STATEMENT_TIMEOUT_MS = 30_000;
const POOL_SIZE = 10;

/** Connects when it is first used, so a database that is away is reported by the first question. */
export function openPostgres(url: string): Database {
  const connection: pg.ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'baton',
    keepAlive: true,
  };
  const pool = new pg.Pool({
    ...connection,
    max: POOL_SIZE,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  });
  // An idle connection that the server closes: the pool drops it, the next question opens another.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new GuardedPostgresDialect({ pool }) });
  const notifier = createPostgresNotifier(connection);
  return {
    db,
    notifier,
    close: async () => {
      await notifier.close();
      await db.destroy();
    },
  };
}

/** PostgreSQL would bear a query beside the open transaction, PGlite would hang: both refuse it. */
class GuardedPostgresDialect extends PostgresDialect {
  override createDriver(): Driver {
    const driver = super.createDriver();
    const acquire = driver.acquireConnection.bind(driver);
    driver.acquireConnection = async (): Promise<DatabaseConnection> => {
      refuseInsideTransaction();
      return acquire();
    };
    return driver;
  }
}
