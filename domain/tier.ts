/** How much a mistake would cost: 0 nothing to speak of, 3 money, personal data or safety. */
export type Tier = 0 | 1 | 2 | 3;

/** Without a catalog entry or a label nobody has judged the risk, so it is not a small one. */
export const DEFAULT_TIER: Tier = 2;

export interface TierDecision {
  readonly value: Tier;
  readonly reasons: readonly string[];
}

/**
 * The highest of what the services say and what the ticket's label says: a label may raise the tier
 * freely; lowering it needs a named acceptor and is not done here.
 *
 * @param services - the catalog's tier of each service the ticket touches, if it has one
 * @param labels - the ticket's labels; `tier-0` to `tier-3` count
 */
export function tierOf(
  services: readonly { readonly name: string; readonly tier?: Tier | undefined }[],
  labels: readonly string[],
): TierDecision {
  const claims = [
    ...services.flatMap(({ name, tier }) =>
      tier === undefined ? [] : [{ value: tier, reason: `service ${name} is tier ${tier}` }],
    ),
    ...labels.flatMap((label) => {
      const match = /^tier-([0-3])$/.exec(label);
      return match ? [{ value: Number(match[1]) as Tier, reason: `label ${label}` }] : [];
    }),
  ];
  if (claims.length === 0) {
    return { value: DEFAULT_TIER, reasons: ['no catalog entry and no label: the default'] };
  }
  const value = claims.reduce<Tier>((highest, c) => (c.value > highest ? c.value : highest), 0);
  return { value, reasons: claims.filter((c) => c.value === value).map((c) => c.reason) };
}
