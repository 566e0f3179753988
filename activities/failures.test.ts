import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import { failures, nonRetryableFailures, type FailureType } from '../domain/failures.ts';
import { IntegrationError, type IntegrationErrorKind } from '../integrations/errors.ts';
import { StoreError } from '../store/errors.ts';
import { fail, withFailures } from './failures.ts';

/** What a workflow is given when an activity throws `error`. */
async function seen(error: unknown): Promise<unknown> {
  const { act } = withFailures({ act: async () => Promise.reject(error as Error) });
  return act().then(
    () => null,
    (thrown: unknown) => thrown,
  );
}

const retryable: [IntegrationErrorKind, boolean][] = [
  ['IntegrationUnavailable', true],
  ['RateLimited', true],
  ['IntegrationRejected', false],
  ['NotAuthorized', false],
  ['StateConflict', false],
];

describe('errors of adapters', () => {
  test.each(retryable)('%s keeps its name; tried again: %s', async (kind, again) => {
    const failure = await seen(new IntegrationError(kind, 'jira', 'could not be read'));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: kind,
      nonRetryable: !again,
      message: 'jira: could not be read',
    });
  });

  test('what the vendor asked us to wait is how long Temporal waits', async () => {
    const error = new IntegrationError('RateLimited', 'slack', 'slow down', {
      retryAfterMs: 7_000,
    });
    expect(await seen(error)).toMatchObject({ type: 'RateLimited', nextRetryDelay: 7_000 });
    const silent = new IntegrationError('RateLimited', 'slack', 'slow down');
    expect((await seen(silent)) as ApplicationFailure).toHaveProperty('nextRetryDelay', undefined);
  });

  test('the cause of an error, which may hold a header, goes into no history', async () => {
    const cause = new Error('authorization: Bearer planted');
    const error = new IntegrationError('NotAuthorized', 'jira', 'refused', { cause });
    const failure = (await seen(error)) as ApplicationFailure;
    expect(
      JSON.stringify([failure.cause ?? null, failure.details ?? null, failure.message]),
    ).not.toContain('planted');
  });
});

test('a store that is away is tried again', async () => {
  const failure = await seen(new StoreError('no connection', { unavailable: true }));
  expect(failure).toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
});

test.each([
  ['a cancellation', new CancelledFailure('cancelled')],
  ['a failure that is one already', fail('ContractBroken', 'x')],
  ['a bug', new TypeError('x is not a function')],
  ['something that is no error', 'a string'],
])('%s passes as it is', async (_what, thrown) => {
  expect(await seen(thrown)).toBe(thrown);
});

test('what an activity answers is left alone', async () => {
  const { act } = withFailures({ act: async (input: { n: number }) => input.n + 1 });
  expect(await act({ n: 1 })).toBe(2);
});

test('the table says which failures are not tried again, and `fail` obeys it', () => {
  for (const type of Object.keys(failures) as FailureType[]) {
    expect(fail(type, 'x').nonRetryable).toBe(nonRetryableFailures.includes(type));
  }
  expect([...nonRetryableFailures].sort()).toEqual([
    'ContractBroken',
    'IntegrationRejected',
    'Misconfigured',
    'NotAuthorized',
    'StateConflict',
  ]);
});
