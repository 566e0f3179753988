/**
 * The same text without what PostgreSQL cannot hold: NUL, and halves of surrogate pairs (JSON from
 * outside may carry both, escaped). Each becomes U+FFFD, so that a ticket's text can fail no write.
 */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '\uFFFD');
}

/** JSON text of a value, with every string and key in it well-formed. */
export function wellFormedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'string') return wellFormed(item);
    if (!isPlainObject(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([k, v]) => [wellFormed(k), v]));
  });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
