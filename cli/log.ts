import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { pino, type Logger } from 'pino';

/** JSON lines on stderr. `BATON_LOG` sets the level: `debug`, `info`, `warn`, `error`, `silent`. */
export function createLog(
  environment: Readonly<Record<string, string | undefined>>,
  usual: 'info' | 'warn',
): Logger {
  const named = environment.BATON_LOG;
  const level = named !== undefined && KNOWN.has(named) ? named : usual;
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

const KNOWN = new Set([...Object.keys(pino.levels.values), 'silent']);
const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** A warning about the queues that hold activities only, which is what they are for. */
const EXPECTED = 'No workflows registered, not polling for workflow tasks';

/** Has Temporal's SDK write into our log, in its form. Once a process, before the first worker. */
export function quietTemporal(log: Logger): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) => {
    const known = message === EXPECTED;
    log[known ? 'debug' : LEVELS[level]]({ from: 'temporal', ...aboutOf(meta) }, message);
  });
  Runtime.install({
    logger,
    // The core's own lines go the same way: stdout is for data.
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
    shutdownSignals: [], // signals are ours: things stop in order
  });
}

/** Which activity of which workflow, and why: what an operator needs of the SDK's details. */
function aboutOf(meta: unknown): Readonly<Record<string, unknown>> {
  const { activityType, workflowId, error } = (meta ?? {}) as Readonly<Record<string, unknown>>;
  return { activityType, workflowId, reason: error instanceof Error ? error.message : undefined };
}
