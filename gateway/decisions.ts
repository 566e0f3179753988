import type { Config, Person } from '../domain/config.schema.ts';
import type { Channel, DecisionReceipt, DecisionRequest } from '../domain/decision.schema.ts';
import type { TicketRow } from '../domain/ticket.ts';
import type { Store } from '../store/port.ts';
import type { AnswerTo } from './inbox-body.schema.ts';
import { bodyHashOf, type Delivery, type Inbox } from './inbox.ts';
import { findPerson, unknownPerson, type Identity } from './people.ts';
import type { Redact } from '../integrations/redaction.ts';

/** Somebody pressed, typed or posted a decision. */
export interface DecisionInput {
  readonly key: string;
  readonly request: DecisionRequest;
  /** Names this decision for ever: the same press delivered twice has the same id. */
  readonly id: string;
  readonly by: Identity;
  readonly channel: Channel;
  /** Where a refusal is told when nobody waits for the receipt. */
  readonly answerTo: AnswerTo | null;
}

export type Taken =
  | { readonly kind: 'refused'; readonly sentence: string }
  /** It is in hand already; the first delivery answers. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'stored'; readonly delivery: Delivery };

export interface Receipt extends DecisionReceipt {
  /** True: stored, but the engine is away; it is handed over when it is back. */
  readonly pending: boolean;
}

/** The one way in for decisions of people, from every channel. */
export interface Decisions {
  /** Finds the person and makes the decision durable. Throws when the store is away; then nothing may be acknowledged. */
  take(input: DecisionInput): Promise<Taken>;
  /** Asks the workflow whether it counts. Never throws. */
  finish(delivery: Delivery): Promise<Receipt>;
  /** Both. */
  decide(input: DecisionInput): Promise<Receipt>;
}

interface DecisionsDeps {
  readonly config: Config;
  readonly store: Pick<Store, 'readTicket'>;
  readonly inbox: Inbox;
  readonly redact: Redact;
}

const PENDING: Receipt = {
  counted: false,
  pending: true,
  sentence:
    'Kept, but not counted yet: the workflow does not answer at the moment. It is told as soon as it does.',
};

export function createDecisions({ config, store, inbox, redact }: DecisionsDeps): Decisions {
  const decisions: Decisions = {
    async take(input) {
      const person = findPerson(config.people, input.by);
      if (person === undefined) {
        const row = await rowOrNull(store, input.key);
        return { kind: 'refused', sentence: unknownPerson(input.by, input.key, row, config) };
      }
      const delivery = deliveryOf(input, person, redact);
      const isNew = await inbox.receive(delivery, { dedupeBody: false });
      return isNew ? { kind: 'stored', delivery } : { kind: 'repeated' };
    },
    async finish(delivery) {
      const handed = await inbox.handOver(delivery);
      if (handed.kind === 'waiting' || handed.receipt === null) return PENDING;
      return { ...handed.receipt, pending: false };
    },
    async decide(input) {
      const taken = await decisions.take(input);
      if (taken.kind === 'refused')
        return { counted: false, pending: false, sentence: taken.sentence };
      if (taken.kind === 'stored') return decisions.finish(taken.delivery);
      return { counted: false, pending: true, sentence: 'This decision is being handled already.' };
    },
  };
  return decisions;
}

function deliveryOf(input: DecisionInput, person: Person, redact: Redact): Delivery {
  const { key, request, id, channel, answerTo } = input;
  const decision = { ...redacted(request, redact), id, by: person.id, channel };
  return {
    source: SOURCES[channel],
    deliveryId: id,
    bodyHash: bodyHashOf(JSON.stringify([key, decision])),
    body: { items: [{ kind: 'decision', key, decision, answerTo }] },
  };
}

const SOURCES: Readonly<Record<Channel, string>> = {
  slack: 'slack',
  github: 'github',
  jira: 'jira',
  cli: 'api',
  web: 'api',
};

/** People paste logs into reasons: nothing secret is stored, hashed or sent on. */
function redacted(request: DecisionRequest, redact: Redact): DecisionRequest {
  if (request.kind === 'answer') return { ...request, value: redact(request.value) };
  return request.reason === undefined ? request : { ...request, reason: redact(request.reason) };
}

/** A refusal says who may; it must not fail because the ticket cannot be read. */
async function rowOrNull(store: Pick<Store, 'readTicket'>, key: string): Promise<TicketRow | null> {
  try {
    return await store.readTicket(key);
  } catch {
    return null;
  }
}
