import { UNIT_CENTS } from './catalog.js';
import { Refused } from './refused.js';

/** What a number of pieces of one article costs. */
export function quoteFor({ sku, quantity }) {
  const unitCents = UNIT_CENTS.get(sku);
  if (unitCents === undefined) throw new Refused(422, `There is no article "${sku}".`);
  return { sku, quantity, unitCents, lineCents: unitCents * quantity };
}
