import type { Config, ServiceEntry } from '../domain/config.schema.ts';
import { packet as packetSchema, type PacketRef } from '../domain/packet.schema.ts';
import type { Policy } from '../domain/policy.schema.ts';
import { tierOf, type Tier } from '../domain/tier.ts';
import type { TrackerPort, TrackerTicket } from '../integrations/tracker/port.ts';
import type { Store } from '../store/port.ts';
import { readTicketText, type TicketText } from './acceptance-criteria.ts';
import { hashOf, loadPacket, seal, type SealResult } from './packets.ts';
import { personOfJira } from './people.ts';

export interface IntakeInput {
  readonly key: string;
  readonly version: number;
  readonly previous: string | null;
  readonly at: number;
  /** What people answered for missing parts, by question. */
  readonly answers: Readonly<Record<string, string>>;
}

export interface IntakeResult {
  readonly title: string;
  readonly url: string;
  readonly requester: string;
  readonly tier: Tier;
  readonly services: readonly { readonly name: string; readonly repository: string }[];
  readonly people: readonly string[];
  readonly policy: Policy;
  /** Null while something is missing. */
  readonly packet: PacketRef | null;
  readonly missing: readonly { readonly id: string; readonly text: string }[];
}

export interface IntakeDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly tracker: TrackerPort;
}

export function createIntakeActivities({ config, store, tracker }: IntakeDependencies) {
  return {
    /** Whether the ticket says something else now than what the packet was made from. A read. */
    async hasSpecChanged({
      key,
      packet,
    }: {
      readonly key: string;
      readonly packet: PacketRef;
    }): Promise<boolean> {
      const [sealed, ticket] = await Promise.all([
        loadPacket(store, packet.hash),
        tracker.readTicket({ key }),
      ]);
      return sealed.sources.some((s) => s.id === `ticket/${key}` && s.hash !== textHashOf(ticket));
    },

    /** Reads the ticket and seals the first packet, or says what is missing. Idempotent: a read, and bytes stored under their hash. */
    async intake({ key, version, previous, at, answers }: IntakeInput): Promise<IntakeResult> {
      const ticket = await tracker.readTicket({ key });
      const text = readTicketText(ticket.description, answers);
      const services = servicesOf(config, ticket, answers['service']);
      const tier = tierOf(services, ticket.labels);
      const requester = personOfJira(config, ticket.reporter?.accountId ?? null);
      const missing = [...text.missing, ...missingService(config, services)];
      const facts = {
        title: ticket.title,
        url: ticket.url,
        requester,
        tier: tier.value,
        services: services.map(({ name, repository }) => ({ name, repository })),
        people: config.people.map((p) => p.id),
        policy: config.policy,
      };
      if (missing.length > 0) return { ...facts, packet: null, missing };
      const candidate = {
        ...emptyPacket,
        ticket: { key, title: ticket.title, url: ticket.url },
        version,
        previous,
        sealedAt: new Date(at).toISOString(),
        requester,
        intent: { goal: text.goal, user: text.user, why: text.why },
        criteria: text.criteria,
        tier,
        services: facts.services,
        sources: [sourceOf(ticket, text, at)],
      };
      const result = await sealOrFind(store, candidate);
      return result.sealed
        ? { ...facts, packet: result.packet, missing: [] }
        : {
            ...facts,
            packet: null,
            missing: result.faults.map((fault, i) => ({ id: `packet-${i + 1}`, text: fault })),
          };
    },
  };
}

const emptyPacket = {
  format: 'baton-packet/1',
  stage: 'spec',
  round: 1,
  constraints: [],
  assumptions: [],
  approvals: [],
  handBacks: [],
  changes: [],
  review: [],
  verification: null,
  release: null,
  rollouts: [],
  soak: null,
} as const;

function servicesOf(
  config: Config,
  ticket: TrackerTicket,
  answer: string | undefined,
): readonly ServiceEntry[] {
  const answered = answer?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const named = new Set([...ticket.components, ...answered].map((c) => c.toLowerCase()));
  // The question names services, so an answer may too.
  const means = (s: ServiceEntry): readonly string[] =>
    s.components.length === 0 || answered.includes(s.name)
      ? [s.name, ...s.components]
      : s.components;
  const services = config.services.filter((s) =>
    means(s).some((component) => named.has(component.toLowerCase())),
  );
  const [only] = config.services;
  return services.length === 0 && config.services.length === 1 && only !== undefined
    ? [only]
    : services;
}

function missingService(
  config: Config,
  services: readonly ServiceEntry[],
): { id: string; text: string }[] {
  if (services.length > 0) return [];
  const known = config.services.map((s) => s.name).join(', ');
  return [
    { id: 'service', text: `Which service is it about? (a Jira component of one of: ${known})` },
  ];
}

function sourceOf(ticket: TrackerTicket, text: TicketText, at: number) {
  return {
    id: `ticket/${ticket.key}`,
    kind: 'ticket' as const,
    url: ticket.url,
    fetchedAt: new Date(at).toISOString(),
    hash: textHashOf(ticket),
    trust: 'untrusted' as const,
  };
}

const textHashOf = ({ title, description }: TrackerTicket): string =>
  hashOf(JSON.stringify([title, description]));

/**
 * A worker that died after it had sealed leaves this version in the store, and the ticket may have been
 * edited since. What was sealed stands; the edit is told to the workflow and makes the next version.
 */
async function sealOrFind(
  store: Store,
  candidate: { readonly ticket: { readonly key: string }; readonly version: number },
): Promise<SealResult> {
  const { key } = candidate.ticket;
  const json = await store.readPacketByVersion(key, candidate.version);
  if (json === null) return seal(store, candidate, packetSchema);
  return { sealed: true, packet: { version: candidate.version, hash: hashOf(json) } };
}
