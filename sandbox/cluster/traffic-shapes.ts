/** One request as customers' programs send it. */
export interface TrafficRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** A number in [0, 1). */
export type Chance = () => number;

const ARTICLES = ['book', 'lamp', 'mug', 'poster', 'rug'] as const;
const ADDRESSES = [
  { country: 'DE', postcode: '10115' },
  { country: 'DE', postcode: '80331' },
  { country: 'DE', postcode: '27498' },
  { country: 'AT', postcode: '1010' },
  { country: 'NL', postcode: '1012 AB' },
] as const;
const COUPONS = [undefined, undefined, undefined, 'WELCOME10', 'SPRING20', 'welcome10'] as const;

/** An app of before addresses were asked for early: one request in five, and no test knows of it. */
const SHARE_WITHOUT_ADDRESS = 0.2;
const SHARE_OF_WITHDRAWN_ARTICLES = 0.01;

/**
 * What production's customers really send, which is more than what anybody's tests send. Undefined
 * for a service of which nothing is known.
 */
export function productionRequest(service: string, chance: Chance): TrafficRequest | undefined {
  if (service === 'checkout') return checkoutRequest(chance);
  if (service === 'pricing') return pricingRequest(chance);
  return undefined;
}

function checkoutRequest(chance: Chance): TrafficRequest {
  const items = basket(chance);
  const address = chance() < SHARE_WITHOUT_ADDRESS ? undefined : pick(ADDRESSES, chance);
  const body = JSON.stringify({ items, address, coupon: pick(COUPONS, chance) });
  return { method: 'POST', path: '/totals', body };
}

function pricingRequest(chance: Chance): TrafficRequest {
  const items = basket(chance).map(({ sku, quantity }) => `item=${sku}:${quantity}`);
  return { method: 'GET', path: `/quotes?${items.join('&')}` };
}

function basket(chance: Chance): { sku: string; quantity: number }[] {
  if (chance() < SHARE_OF_WITHDRAWN_ARTICLES) return [{ sku: 'candle', quantity: 1 }];
  return Array.from({ length: 1 + Math.floor(chance() * 3) }, () => ({
    sku: pick(ARTICLES, chance),
    quantity: 1 + Math.floor(chance() ** 3 * 12),
  }));
}

function pick<T>(list: readonly T[], chance: Chance): T {
  return list[Math.floor(chance() * list.length)] as T;
}
