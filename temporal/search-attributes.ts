import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from './names.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1; the package of its name is CommonJS without named exports. */
const KEYWORD: number = 2;

/**
 * Registers what is missing and answers its names. Idempotent, also for several at once. A workflow
 * that starts with an attribute the server does not know is refused, so this comes before the first.
 * Throws when one exists with another type: only the operator of the server can settle that.
 */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<readonly string[]> {
  const listed = await connection.operatorService.listSearchAttributes({ namespace });
  const customAttributes: Record<string, number> = listed.customAttributes;
  const missing = SEARCH_ATTRIBUTES.filter((name) => customAttributes[name] === undefined);
  const other = SEARCH_ATTRIBUTES.filter((name) => (customAttributes[name] ?? KEYWORD) !== KEYWORD);
  if (other.length > 0) {
    throw new Error(
      `Temporal's namespace ${namespace} has ${other.join(' and ')} with another type than Keyword. ` +
        'Remove them there (`temporal operator search-attribute remove`), or use another namespace.',
    );
  }
  if (missing.length > 0) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  }
  return missing;
}
