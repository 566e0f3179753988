// Is the running service able to do its one job? BASE_URL says where it runs.
import assert from 'node:assert/strict';

const baseUrl = process.env.BASE_URL;

const health = await fetch(new URL('/healthz', baseUrl));
assert.equal(health.status, 200, 'the service does not say that it is healthy');

const response = await fetch(new URL('/totals', baseUrl), {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    items: [{ sku: 'mug', quantity: 2 }],
    address: { country: 'DE', postcode: '10115' },
  }),
});
assert.equal(response.status, 200, 'a basket has no total');
const totals = await response.json();
assert.equal(totals.goodsCents, 1980, 'two mugs cost 19.80 EUR');
assert.equal(
  totals.totalCents,
  totals.goodsCents - totals.discountCents + totals.shippingCents,
  'the total is not the sum of its parts',
);
console.log('checkout works out totals');
