/** Applied once, in one transaction with its siblings, and never changed afterwards. */
export interface Migration {
  /** Sorts by its number. */
  readonly name: string;
  /** One SQL statement each: PGlite's extended protocol takes no more. */
  readonly statements: readonly string[];
}
