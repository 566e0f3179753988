/** What the customer is told about the delivery. */
export function deliveryFor() {
  return { carrier: 'Parcel' };
}
