/**
 * What Baton says to people, free of any vendor's markup. Every string is plain text: adapters
 * escape it for Slack, Jira or GitHub, so that text from a ticket can never become a mention, a
 * link, a macro or a heading (invariant 9).
 */
export interface Card {
  readonly title: string;
  readonly parts: readonly CardPart[];
  /** Buttons; surfaces without buttons leave them out. */
  readonly actions: readonly CardAction[];
  readonly footer: string | null;
}

export type CardPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** Words of somebody else (a ticket, a log, an agent), shown as a quotation. */
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string };

/** A button says the decision (`Approve release`), not the mechanism. */
export interface CardAction {
  /** What pressing it decides; becomes the Slack `action_id`. */
  readonly decision: 'approve' | 'reject' | 'hold' | 'resume' | 'rollback' | 'cancel';
  readonly label: string;
  readonly style: 'primary' | 'danger' | 'plain';
  /** What the decision is about: at most 2,000 characters as JSON, Slack's limit for a value. */
  readonly about: DecisionSubject;
}

export interface DecisionSubject {
  readonly key: string;
  readonly gate: string | null;
  /** The content hash that was shown: an approval covers exactly this. */
  readonly subject: string | null;
}

/** Where a message stands; opaque to everybody but the chat's adapter. */
export interface MessageRef {
  readonly channel: string;
  readonly id: string;
}
