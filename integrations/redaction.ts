import type { Secrets } from '../domain/config.schema.ts';

/** Replaces what must not be stored, hashed or sent on. */
export type Redact = (text: string) => string;

/** Forms in which the vendors hand out credentials (their token documentation), and private keys. */
const CREDENTIALS: readonly RegExp[] = [
  /\bx(?:ox[abeprs]|app)-[A-Za-z0-9-]{8,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bATATT[A-Za-z0-9_=-]{20,}/g,
  /\bA(?:KIA|SIA)[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:Bearer|Basic) [A-Za-z0-9+/_.~=-]{16,}/g,
];
const REPLACEMENT = '[redacted]';
/** Shorter ones occur in ordinary words. */
const MIN_LENGTH = 6;

/** Knows this installation's own secrets by value, and everybody's by their form. */
export function createRedactor(secrets: Secrets): Redact {
  const own = Object.values(secrets).filter(
    (value): value is string => (value ?? '').length >= MIN_LENGTH,
  );
  return (text) => {
    let result = text;
    for (const value of own) result = result.replaceAll(value, REPLACEMENT);
    for (const form of CREDENTIALS) result = result.replace(form, REPLACEMENT);
    return result;
  };
}
