/**
 * Looks again and again until `look` answers something, and says what was last seen when it never
 * does. A look that throws counts as one that found nothing.
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  {
    withinMs = 15_000,
    everyMs = 50,
  }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const end = Date.now() + withinMs;
  let last = 'nothing';
  for (;;) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > end) throw new Error(`${what} did not come within ${withinMs} ms: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
