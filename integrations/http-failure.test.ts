import { expect, test } from '@jest/globals';
import { httpFailure, oneLine, retryAfter, unreachable } from './http-failure.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const refusal = { system: 'vendor', attempted: 'asking' };

test.each([
  [400, {}, 'IntegrationRejected', undefined],
  [401, {}, 'NotAuthorized', undefined],
  [403, {}, 'NotAuthorized', undefined],
  [403, { 'retry-after': '5' }, 'RateLimited', 5_000],
  [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795168830' }, 'RateLimited', 30_000],
  [404, {}, 'IntegrationRejected', undefined],
  [408, {}, 'IntegrationUnavailable', undefined],
  [409, {}, 'StateConflict', undefined],
  [412, {}, 'StateConflict', undefined],
  [422, {}, 'IntegrationRejected', undefined],
  [429, {}, 'RateLimited', undefined],
  [429, { 'retry-after': '0' }, 'RateLimited', 0],
  [429, { 'retry-after': 'Fri, 20 Nov 2026 10:01:30 GMT' }, 'RateLimited', 90_000],
  [429, { 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }, 'RateLimited', 0],
  [429, { 'retry-after': 'soon' }, 'RateLimited', undefined],
  [500, {}, 'IntegrationUnavailable', undefined],
  [500, { 'retry-after': '5' }, 'IntegrationUnavailable', undefined],
  [503, { 'retry-after': '5' }, 'RateLimited', 5_000],
  [301, {}, 'IntegrationRejected', undefined],
])('status %i with %j is %s', (status, headers, kind, retryAfterMs) => {
  expect(httpFailure({ ...refusal, status, headers }, NOW)).toMatchObject({ kind, retryAfterMs });
});

test('a limit that GitHub only words is a limit', () => {
  const detail = 'You have exceeded a secondary rate limit.';
  expect(httpFailure({ ...refusal, status: 403, headers: {}, detail }).kind).toBe('RateLimited');
});

test('what the vendor said is one short line', () => {
  const error = httpFailure({
    ...refusal,
    status: 400,
    headers: {},
    detail: `a\n\u0007b ${'x'.repeat(999)}`,
  });
  expect(error.message).toMatch(/^vendor: asking was answered with 400 \(a b x+\)$/);
  expect(error.message.length).toBeLessThan(400);
});

test('a cause is kept by its code only', () => {
  const cause = Object.assign(new Error('connect https://user:secret@host'), {
    code: 'ECONNREFUSED',
  });
  const error = unreachable('vendor', 'asking', new TypeError('fetch failed', { cause }));
  expect(error.message).toBe('vendor: asking failed: no connection (ECONNREFUSED)');
  expect(error.cause).toBeUndefined();
});

test('nothing said about when: nothing is made up', () => {
  expect(retryAfter({}, NOW)).toBeUndefined();
  expect(
    retryAfter({ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '1795168830' }, NOW),
  ).toBeUndefined();
  expect(oneLine('  a\tb ')).toBe('a b');
});
