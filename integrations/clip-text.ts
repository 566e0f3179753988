/** At most `max` characters, never half of a surrogate pair; what was cut is said by an ellipsis. */
export function clipText(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = text.slice(0, max - 1);
  return `${/[\ud800-\udbff]$/.test(end) ? end.slice(0, -1) : end}…`;
}

/** Without control characters (line feeds and tabs stay) and without signs that turn the direction of writing. */
export function plainText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '');
}
