/** An error in Slack's own words; the answer is 200 with `{ ok: false, error }`. */
export class SlackError extends Error {
  readonly code: string;
  readonly details: readonly string[];
  constructor(code: string, details: readonly string[] = []) {
    super(code);
    this.code = code;
    this.details = details;
  }
}
