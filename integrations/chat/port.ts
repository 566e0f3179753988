import type { Card } from '../../domain/card.ts';

/** Where a message stands; opaque to everybody but the adapter. */
export interface MessageRef {
  readonly channel: string;
  readonly id: string;
}

/** The chat. Every method throws `IntegrationError`. */
export interface ChatPort {
  /**
   * Idempotent by `marker` (kept in the message's metadata): a message that carries it is found
   * before one is written. In `thread` when given, else in the configured channel.
   */
  post(input: {
    readonly marker: string;
    readonly card: Card;
    readonly thread: MessageRef | null;
    readonly signal?: AbortSignal;
  }): Promise<MessageRef>;
  /** Replaces the whole message, its buttons too. Idempotent. `IntegrationRejected` when somebody deleted it. */
  update(input: {
    readonly message: MessageRef;
    readonly marker: string;
    readonly card: Card;
    readonly signal?: AbortSignal;
  }): Promise<void>;
}
