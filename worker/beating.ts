import type { ActivityInterceptorsFactory } from '@temporalio/worker';

const EVERY_MS = 1_000;

/**
 * Every activity beats while it runs: a worker that died is noticed within the heartbeat timeout, not
 * at the end of a long limit, and a cancellation reaches the call.
 */
export const beating: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      if (context.info.isLocal) return next(input);
      const beat = setInterval(() => {
        context.heartbeat();
      }, EVERY_MS);
      try {
        return await next(input);
      } finally {
        clearInterval(beat);
      }
    },
  },
});
