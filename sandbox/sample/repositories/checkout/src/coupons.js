const PERCENT_OFF = { WELCOME10: 10, SPRING20: 20 };

/** What the coupon takes off the goods. */
export function couponFor(order, goodsCents) {
  const percent = PERCENT_OFF[order.coupon] ?? 0;
  return { discountCents: Math.round((goodsCents * percent) / 100) };
}
