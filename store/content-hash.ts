import { createHash } from 'node:crypto';

/** `sha256:<hex>` of the bytes, or of the text's UTF-8. */
export function hashOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
