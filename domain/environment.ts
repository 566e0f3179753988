/** `shop-1-2`: the environment of a ticket's round, safe as a host name. */
export const environmentNameOf = (key: string, round: number): string =>
  `${key.toLowerCase().replaceAll('_', '-')}-${round}`;
