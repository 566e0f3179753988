import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the gateway counts about itself, in Prometheus' form. Labels hold no text from outside. */
export interface GatewayMetrics {
  readonly registry: Registry;
  readonly deliveries: Counter<'source' | 'result'>;
  readonly decisions: Counter<'channel' | 'result'>;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly slackConnected: Gauge;
}

export function createMetrics(): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    deliveries: new Counter({
      name: 'baton_deliveries_total',
      help: 'Deliveries of webhooks, by source and by what became of them',
      labelNames: ['source', 'result'],
      registers,
    }),
    decisions: new Counter({
      name: 'baton_decisions_total',
      help: "People's decisions, by channel and by whether they counted",
      labelNames: ['channel', 'result'],
      registers,
    }),
    requests: new Histogram({
      name: 'baton_http_request_duration_seconds',
      help: 'Time to answer, by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    slackConnected: new Gauge({
      name: 'baton_slack_connected',
      help: '1 while the socket to Slack is open',
      registers,
    }),
  };
}
