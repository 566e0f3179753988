/** What one piece of each article costs, in cents. */
export const UNIT_CENTS = new Map([
  ['book', 1250],
  ['lamp', 4999],
  ['mug', 990],
  ['poster', 499],
  ['rug', 8900],
]);
