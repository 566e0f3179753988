import assert from 'node:assert/strict';
import { test } from 'node:test';

import { quoteFor } from '../src/quotes.js';

test('a line costs the unit price for each piece', () => {
  const quote = quoteFor({ sku: 'mug', quantity: 3 });
  assert.equal(quote.unitCents, 990);
  assert.equal(quote.lineCents, 2970);
});

test('an unknown article is refused', () => {
  assert.throws(() => quoteFor({ sku: 'unicorn', quantity: 1 }), /no article "unicorn"/);
});
