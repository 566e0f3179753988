/** Control characters (a terminal obeys them) and marks that turn the direction of writing. */
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Words of others on one line, so that they can do nothing to the terminal that shows them. */
export function plain(text: string): string {
  return text.replace(OBEYED, ' ');
}

/** `0.4 s`, `62.1 s`, `3 m 05 s`, `2 h 10 m`. */
export function lasting(ms: number): string {
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
