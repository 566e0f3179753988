/**
 * What is deployed and restored as a whole. Secrets by name and version, never by value.
 * `schemaPhase` and `flags` are part of it although nothing in this product sets them yet: a
 * restore that forgets one of them leaves a state nobody has tested.
 */
export interface Release {
  readonly service: string;
  readonly repository: string;
  readonly commit: string;
  readonly configHash: string;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly schemaPhase: string;
}

/** Field by field; key order does not matter. */
export function sameRelease(a: Release, b: Release): boolean {
  return differingFields(a, b).length === 0;
}

/** The names of the fields in which two releases differ: what a failed restore reports. */
export function differingFields(a: Release, b: Release): (keyof Release)[] {
  const fields: (keyof Release)[] = [
    'service',
    'repository',
    'commit',
    'configHash',
    'flags',
    'secrets',
    'schemaPhase',
  ];
  return fields.filter((field) => flat(a[field]) !== flat(b[field]));
}

function flat(value: Release[keyof Release]): string {
  return typeof value === 'string'
    ? value
    : JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
