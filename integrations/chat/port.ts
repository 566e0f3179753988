import type { Card, MessageRef } from '../../domain/card.ts';

export type { MessageRef };

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
