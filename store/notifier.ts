/** LISTEN of both engines behind one interface; NOTIFY is plain SQL in the transaction that has something to say. */
export interface Notifier {
  /**
   * Calls back with each payload sent to the channel after a commit. `missed` is called when the
   * connection was lost and is back: whatever was sent meanwhile is not told again. Answers a function
   * that stops it.
   */
  listen(
    channel: string,
    heard: (payload: string) => void,
    missed: () => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
