const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Counts requests by status code and their duration, in Prometheus' text format. */
export function createMetrics() {
  const startedAt = Date.now() / 1000;
  const requests = new Map();
  const buckets = BUCKETS.map(() => 0);
  let count = 0;
  let sum = 0;

  function text() {
    return [
      '# HELP http_requests_total Requests answered, by status code.',
      '# TYPE http_requests_total counter',
      ...[...requests].map(([code, n]) => `http_requests_total{code="${code}"} ${n}`),
      '# HELP http_request_duration_seconds How long an answer took.',
      '# TYPE http_request_duration_seconds histogram',
      ...BUCKETS.map((le, i) => `http_request_duration_seconds_bucket{le="${le}"} ${buckets[i]}`),
      `http_request_duration_seconds_bucket{le="+Inf"} ${count}`,
      `http_request_duration_seconds_sum ${sum}`,
      `http_request_duration_seconds_count ${count}`,
      '# HELP process_start_time_seconds When the process started.',
      '# TYPE process_start_time_seconds gauge',
      `process_start_time_seconds ${startedAt}`,
      '',
    ].join('\n');
  }

  return {
    observe(status, seconds) {
      requests.set(status, (requests.get(status) ?? 0) + 1);
      BUCKETS.forEach((le, i) => {
        if (seconds <= le) buckets[i] += 1;
      });
      count += 1;
      sum += seconds;
    },
    send(response) {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(text());
    },
  };
}
