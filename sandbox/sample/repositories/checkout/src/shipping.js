const STANDARD_CENTS = 490;

/** What shipping costs. */
export function shippingFor() {
  return { shippingCents: STANDARD_CENTS };
}
