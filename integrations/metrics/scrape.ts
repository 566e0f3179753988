import { IntegrationError } from '../errors.ts';
import { send } from '../http.ts';
import type { MetricsPort } from './port.ts';
import { readArm } from './prometheus-text.ts';

export interface ScrapeOptions {
  /** `{environment}`, `{service}` and `{version}` are filled in, escaped. */
  readonly url: string;
  readonly timeoutMs?: number;
}

/** `MetricsPort` that reads a version's own `/metrics` in Prometheus' text format. */
export function createScrapeMetrics({ url, timeoutMs = 5_000 }: ScrapeOptions): MetricsPort {
  return {
    async read({ environment, service, version, signal }) {
      const target = url
        .replaceAll('{environment}', encodeURIComponent(environment))
        .replaceAll('{service}', encodeURIComponent(service))
        .replaceAll('{version}', encodeURIComponent(version));
      if (!URL.canParse(target))
        throw misconfigured('IntegrationRejected', 'the configured URL is none');
      const body = await scrape(target, timeoutMs, signal);
      return body === null ? null : readArm(body);
    },
  };
}

/** `null`: whatever it was, there is no reading. Only a refused credential is the operator's to mend. */
async function scrape(
  url: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  try {
    const headers = { accept: 'text/plain;version=0.0.4' };
    const attempted = 'reading metrics';
    const answer = await send({
      system: 'metrics',
      attempted,
      method: 'GET',
      url,
      headers,
      timeoutMs,
      signal,
    });
    if (answer.status === 401 || answer.status === 403) {
      throw misconfigured('NotAuthorized', `reading metrics was answered with ${answer.status}`);
    }
    return answer.status === 200 ? answer.body : null;
  } catch (error) {
    if (error instanceof IntegrationError && error.kind === 'IntegrationUnavailable') return null;
    throw error;
  }
}

function misconfigured(
  kind: 'IntegrationRejected' | 'NotAuthorized',
  message: string,
): IntegrationError {
  return new IntegrationError(kind, 'metrics', message);
}
