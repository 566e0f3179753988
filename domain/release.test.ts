import { expect, test } from '@jest/globals';
import { sampleRelease } from '../test/fixtures/packets.ts';
import { differingFields, sameRelease } from './release.ts';

test('the order in which flags and secrets are written does not matter', () => {
  const a = sampleRelease({ flags: { x: true, y: false }, secrets: { A: '1', B: '2' } });
  const b = sampleRelease({ flags: { y: false, x: true }, secrets: { B: '2', A: '1' } });
  expect(sameRelease(a, b)).toBe(true);
});

test.each([
  ['service', { service: 'pricing' }],
  ['repository', { repository: 'shop/pricing' }],
  ['commit', { commit: 'f'.repeat(40) }],
  ['configHash', { configHash: 'config-2' }],
  ['flags', { flags: { freeShipping: true } }],
  ['flags', { flags: {} }],
  ['flags', { flags: { freeShipping: false, other: false } }],
  ['secrets', { secrets: { PAYMENT_KEY: '4' } }],
  ['schemaPhase', { schemaPhase: 'expanded' }],
])('another %s is another release, and is named', (field, more) => {
  const other = sampleRelease(more);
  expect(differingFields(sampleRelease(), other)).toEqual([field]);
  expect(differingFields(other, sampleRelease())).toEqual([field]);
  expect(sameRelease(sampleRelease(), other)).toBe(false);
});

test('every field of a release is compared', () => {
  const changed = Object.fromEntries(
    Object.entries(sampleRelease()).map(([k, v]) => [k, typeof v === 'string' ? `${v}!` : {}]),
  ) as unknown as ReturnType<typeof sampleRelease>;
  expect(differingFields(sampleRelease(), changed).sort()).toEqual(Object.keys(changed).sort());
});
