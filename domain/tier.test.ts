import { expect, test } from '@jest/globals';
import { DEFAULT_TIER, tierOf, type Tier } from './tier.ts';

const service = (name: string, tier?: Tier) => ({ name, tier });

test.each<[string, Parameters<typeof tierOf>, Tier, string[]]>([
  ['nothing', [[], []], DEFAULT_TIER, ['no catalog entry and no label: the default']],
  [
    'a service nobody judged',
    [[service('a')], []],
    2,
    ['no catalog entry and no label: the default'],
  ],
  ['a service', [[service('a', 1)], []], 1, ['service a is tier 1']],
  ['a label that raises', [[service('a', 1)], ['tier-3']], 3, ['label tier-3']],
  ['a label that would lower', [[service('a', 3)], ['tier-0']], 3, ['service a is tier 3']],
  [
    'several of the same',
    [[service('a', 2), service('b', 2)], ['tier-2']],
    2,
    ['service a is tier 2', 'service b is tier 2', 'label tier-2'],
  ],
  ['two labels', [[], ['tier-0', 'tier-1']], 1, ['label tier-1']],
  ['only tier 0', [[service('a', 0)], []], 0, ['service a is tier 0']],
])('%s', (_what, [services, labels], value, reasons) => {
  expect(tierOf(services, labels)).toEqual({ value, reasons });
});

test.each(['tier-4', 'tier-', 'Tier-0', 'tier-00', ' tier-0', 'tier-0\n', 'no-tier-0'])(
  'a label that only looks like a tier is none: %j',
  (label) => {
    expect(tierOf([], [label]).value).toBe(DEFAULT_TIER);
  },
);
