import { couponFor } from './coupons.js';
import { deliveryFor } from './delivery.js';
import { linesFor } from './lines.js';
import { shippingFor } from './shipping.js';

/** What the customer is told about a basket: each part adds its own fields. */
export async function totalsOf(order, quote) {
  const lines = linesFor(order, await quote(order.items));
  const goodsCents = lines.reduce((sum, line) => sum + line.lineCents, 0);
  const coupon = couponFor(order, goodsCents);
  const reducedCents = goodsCents - coupon.discountCents;
  const shipping = shippingFor(order, reducedCents);
  return {
    currency: 'EUR',
    lines,
    goodsCents,
    ...coupon,
    ...shipping,
    ...deliveryFor(order),
    totalCents: reducedCents + shipping.shippingCents,
  };
}
