import type { Effects } from './contract.ts';

/**
 * What the outside sees of SHOP-1 on its undisturbed way, in the order of the alphabet: commits are
 * `<commit>`, because their names differ from run to run.
 */
export const HAPPY_EFFECTS: readonly string[] = [
  'cluster checkout/v2/deployed',
  'cluster checkout/v2/promoted',
  'cluster checkout/v2/weight/10',
  'cluster checkout/v2/weight/50',
  'cluster env/shop-1-1/checkout/v1/restored-from/v2',
  'cluster env/shop-1-1/checkout/v2/restored-from/v1',
  'cluster env/shop-1-1/created',
  'cluster env/shop-1-1/destroyed',
  'github shop/checkout/branch/baton/SHOP-1/1',
  'github shop/checkout/check/<commit>/ci',
  'github shop/checkout/check/<commit>/ci',
  'github shop/checkout/check/<commit>/ci/success',
  'github shop/checkout/check/<commit>/ci/success',
  'github shop/checkout/pull/baton/SHOP-1/1/merged',
  'github shop/checkout/pull/baton/SHOP-1/1/opened',
  'jira SHOP-1/comment/SHOP-1/done/1',
  'jira SHOP-1/comment/SHOP-1/released/1',
  'jira SHOP-1/comment/SHOP-1/started/1',
  'jira SHOP-1/status/Done/1',
  'jira SHOP-1/status/In Progress/1',
  'jira SHOP-1/status/In Review/1',
  'jira SHOP-1/status/Monitoring/1',
  'jira SHOP-1/status/Ready for build/1',
  'jira SHOP-1/status/Releasing/1',
  'jira SHOP-1/status/Verifying/1',
  'slack C0SHOPDEV/message/SHOP-1/done/1',
  'slack C0SHOPDEV/message/SHOP-1/gate/release/1/4',
  'slack C0SHOPDEV/message/SHOP-1/gate/review/1/2',
  'slack C0SHOPDEV/message/SHOP-1/gate/spec/1/1',
  'slack C0SHOPDEV/message/SHOP-1/started/1',
];

/** Effects as `HAPPY_EFFECTS` says them; one that came about more than once says how often. */
export function named(effects: Effects): readonly string[] {
  return effects
    .map(({ system, key, count }) => {
      const times = count === 1 ? '' : ` (${count} times)`;
      return `${system} ${key.replace(/\b[0-9a-f]{40}\b/, '<commit>')}${times}`;
    })
    .toSorted();
}
