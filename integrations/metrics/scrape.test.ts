import { describe, expect, test } from '@jest/globals';
import { startRecordedVendor, type RecordedAnswer } from '../conformance.ts';
import { metricsConformance } from './conformance.ts';
import { parseExposition } from './exposition.ts';
import { readArm } from './prometheus-text.ts';
import { createScrapeMetrics } from './scrape.ts';

const TEXT = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{code="200",method="GET"} 60
http_requests_total{code="200",method="POST"} 30
http_requests_total{code="404",method="GET"} 7
http_requests_total{code="500",method="GET"} 2
http_requests_total{code="503",method="GET"} 1
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{method="GET",le="0.01"} 40
http_request_duration_seconds_bucket{method="GET",le="0.05"} 70
http_request_duration_seconds_bucket{method="GET",le="0.25"} 70
http_request_duration_seconds_bucket{method="GET",le="+Inf"} 70
http_request_duration_seconds_sum{method="GET"} 1.5
http_request_duration_seconds_count{method="GET"} 70
http_request_duration_seconds_bucket{method="POST",le="0.01"} 0
http_request_duration_seconds_bucket{method="POST",le="0.05"} 30
http_request_duration_seconds_bucket{method="POST",le="0.25"} 30
http_request_duration_seconds_bucket{method="POST",le="+Inf"} 30
http_request_duration_seconds_sum{method="POST"} 1
http_request_duration_seconds_count{method="POST"} 30
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.25
`;

const ANSWERS: Readonly<Record<string, RecordedAnswer | undefined>> = {
  v1: { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' }, body: TEXT },
  'not there': { status: 404 },
  dead: { status: 502 },
  failing: { status: 500, body: TEXT },
  hanging: undefined,
  'a page': { status: 200, body: '<html>sign in</html>' },
  empty: { status: 200, body: '' },
  'moved away': { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
  'without errors or successes': { status: 200, body: '# TYPE http_requests_total counter\n' },
  'NaN requests': { status: 200, body: TEXT.replace('} 60', '} NaN') },
};

metricsConformance('scrape', async () => {
  const vendor = await startRecordedVendor(({ url }) => {
    const version = decodeURIComponent(url?.split('/').at(-1) ?? '');
    return ANSWERS[version];
  });
  const at = (version: string) => ({ environment: 'production', service: 'checkout', version });
  const silent = Object.keys(ANSWERS).filter((version) => version !== 'v1');
  return {
    metrics: createScrapeMetrics({
      url: `${vendor.url}/metrics/{environment}/{service}/{version}`,
      timeoutMs: 300,
    }),
    counted: at('v1'),
    silent: Object.fromEntries(silent.map((version) => [version, at(version)])),
    close: () => vendor.close(),
  };
});

describe('what is misconfigured is said', () => {
  const version = { environment: 'e', service: 's', version: 'v' };
  test.each([401, 403])('a refused credential (%i)', async (status) => {
    const vendor = await startRecordedVendor(() => ({ status }));
    const reading = createScrapeMetrics({ url: `${vendor.url}/{version}` }).read(version);
    await expect(reading).rejects.toMatchObject({ kind: 'NotAuthorized' });
    await vendor.close();
  });
  test('a URL that is none', async () => {
    const reading = createScrapeMetrics({ url: 'metrics of {version}' }).read(version);
    await expect(reading).rejects.toMatchObject({ kind: 'IntegrationRejected' });
  });
  test('nobody listening is no data, not a mistake', async () => {
    const reading = await createScrapeMetrics({ url: 'http://127.0.0.1:1/{version}' }).read(
      version,
    );
    expect(reading).toBeNull();
  });
});

test('a name with slashes stays one part of the path', async () => {
  const vendor = await startRecordedVendor(() => ({ status: 404 }));
  const version = { environment: '../admin', service: 'a b', version: 'v1?x' };
  await createScrapeMetrics({ url: `${vendor.url}/{environment}/{service}/{version}` }).read(
    version,
  );
  expect(vendor.requests).toEqual(['GET /..%2Fadmin/a%20b/v1%3Fx']);
  await vendor.close();
});

describe('half of a reading is none', () => {
  const without = (line: RegExp) =>
    TEXT.split('\n')
      .filter((one) => !line.test(one))
      .join('\n');
  test.each([
    ['no requests', without(/^http_requests_total/)],
    ['no latency', without(/^http_request_duration/)],
    ['a request without a code', TEXT.replace('code="200",', '')],
    ['a negative count', TEXT.replace('} 60', '} -60')],
    ['a count that is no number', TEXT.replace('} 60', '} many')],
    ['an infinite count', TEXT.replace('} 60', '} +Inf')],
    ['a bucket that is NaN', TEXT.replace('le="0.05"} 70', 'le="0.05"} NaN')],
    ['buckets that fall', TEXT.replace('le="0.05"} 70', 'le="0.05"} 30')],
    ['a text that was cut', TEXT.slice(0, TEXT.indexOf('code="503"') + 4)],
    ['a text with a line that is none', `${TEXT}oops\n`],
    ['no last bucket', without(/le="\+Inf"/)],
    [
      'series with other buckets',
      TEXT.replace('method="POST",le="0.25"', 'method="POST",le="0.5"'),
    ],
  ])('%s', (_, text) => {
    expect(readArm(TEXT)).not.toBeNull();
    expect(readArm(text)).toBeNull();
  });
});

test('labels, times and numbers are read as the format writes them', () => {
  const text = 'a{b="x,\\"y\\"}\\\\\\n",c=""} 1e3 1395066363000\nd +Inf\ne{} NaN\n # anything\n';
  expect(parseExposition(text)).toEqual([
    { name: 'a', labels: { b: 'x,"y"}\\\n', c: '' }, value: 1_000 },
    { name: 'd', labels: {}, value: Infinity },
    { name: 'e', labels: {}, value: NaN },
  ]);
});

test('latency is per bucket in milliseconds, added up over all series', () => {
  expect(readArm(TEXT)?.latency).toEqual({ upperBoundsMs: [10, 50, 250], counts: [40, 60, 0, 0] });
});
