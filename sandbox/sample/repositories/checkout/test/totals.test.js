import assert from 'node:assert/strict';
import { test } from 'node:test';

import { totalsOf } from '../src/totals.js';

const PRICES = { book: 1250, mug: 990 };
const address = { country: 'DE', postcode: '10115' };

const quote = async (items) =>
  items.map(({ sku, quantity }) => ({
    sku,
    quantity,
    unitCents: PRICES[sku],
    lineCents: PRICES[sku] * quantity,
  }));

test('the total is the goods and the shipping', async () => {
  const items = [
    { sku: 'book', quantity: 2 },
    { sku: 'mug', quantity: 1 },
  ];
  const totals = await totalsOf({ items, address }, quote);
  assert.equal(totals.goodsCents, 3490);
  assert.equal(totals.totalCents, 3490 + totals.shippingCents);
});

test('a small basket pays standard shipping', async () => {
  const totals = await totalsOf({ items: [{ sku: 'mug', quantity: 1 }], address }, quote);
  assert.equal(totals.shippingCents, 490);
});

test('a coupon takes its percentage off the goods', async () => {
  const items = [{ sku: 'mug', quantity: 1 }];
  const totals = await totalsOf({ items, address, coupon: 'WELCOME10' }, quote);
  assert.equal(totals.discountCents, 99);
  assert.equal(totals.totalCents, 891 + totals.shippingCents);
});
