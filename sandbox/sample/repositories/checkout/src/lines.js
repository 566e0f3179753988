/** One line for each article of the basket, priced as pricing quoted it. */
export function linesFor(order, quotes) {
  return order.items.map(({ sku, quantity }, position) => {
    const { unitCents, lineCents } = quotes[position];
    return { sku, quantity, unitCents, lineCents };
  });
}
