import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { auditEntryShape, type AuditEntryShape } from '../gateway/api/shapes.schema.ts';

const RETRY_MS = 300;

/**
 * Follows `GET /api/events`: calls back with every audit entry of the ticket, each once and in order,
 * from `after` on, through broken connections, until the signal aborts. Never rejects.
 */
export async function followEvents(
  url: string,
  {
    ticket,
    signal,
    onEntry,
  }: {
    readonly ticket: string;
    readonly signal: AbortSignal;
    readonly onEntry: (entry: AuditEntryShape) => void;
  },
): Promise<void> {
  let after = 0;
  const onEvent = ({ data }: EventSourceMessage) => {
    const entry = auditEntryShape.parse(JSON.parse(data));
    if (entry.sequence <= after) return;
    after = entry.sequence;
    onEntry(entry);
  };
  while (!signal.aborted) {
    try {
      await readStream(`${url}/api/events?ticket=${ticket}&after=${after}`, signal, onEvent);
    } catch {
      // The connection broke: the next one goes on after the last entry.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function readStream(
  url: string,
  signal: AbortSignal,
  onEvent: (event: EventSourceMessage) => void,
): Promise<void> {
  const response = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
  if (!response.ok || response.body === null) return;
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
  }
}
