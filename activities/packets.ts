import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';
import {
  handoffs,
  packet as packetSchema,
  type Packet,
  type PacketRef,
} from '../domain/packet.schema.ts';
import type { Stage } from '../domain/stages.ts';
import type { Store } from '../store/port.ts';
import { fail } from './failures.ts';

// The package is CommonJS whose types claim an ES default: under nodenext the import is the function itself.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string;

/** What one stage adds; arrays named here replace the base's. */
export type PacketAddition = Partial<
  Pick<
    Packet,
    'changes' | 'review' | 'verification' | 'release' | 'rollouts' | 'soak' | 'approvals'
  >
> & {
  readonly handBack?: Packet['handBacks'][number];
};

export interface SealInput {
  readonly base: PacketRef;
  readonly stage: Stage;
  readonly round: number;
  /** Milliseconds since the epoch, from the workflow, so that sealing again gives the same hash. */
  readonly at: number;
  readonly add: PacketAddition;
  /** False for a packet that goes back: the contract of the stage it failed does not hold for it. */
  readonly forward: boolean;
}

export type SealResult =
  | { readonly sealed: true; readonly packet: PacketRef }
  /** What the next stage needs and does not get, each in one sentence. */
  | { readonly sealed: false; readonly faults: readonly string[] };

export interface PacketDependencies {
  readonly store: Store;
}

export function createPacketActivities({ store }: PacketDependencies) {
  return {
    /** Idempotent: the same input is the same bytes, and bytes are stored under their hash. */
    async sealPacket({ base, stage, round, at, add, forward }: SealInput): Promise<SealResult> {
      const before = await loadPacket(store, base.hash);
      const { handBack, ...sections } = add;
      return sealOnce(
        store,
        {
          ...before,
          ...sections,
          ...(handBack === undefined ? {} : { handBacks: [...before.handBacks, handBack] }),
          version: before.version + 1,
          previous: base.hash,
          stage,
          round,
          sealedAt: new Date(at).toISOString(),
        },
        forward ? handoffs[stage] : packetSchema,
      );
    },
  };
}

/**
 * Parses against the contract, canonicalises (RFC 8785), hashes (SHA-256) and stores. The stored bytes
 * are what was hashed; nothing is ever stored that does not satisfy the contract.
 */
export async function seal(
  store: Store,
  candidate: unknown,
  contract: (typeof handoffs)[Stage],
): Promise<SealResult> {
  const parsed = contract.safeParse(candidate);
  if (!parsed.success) {
    return {
      sealed: false,
      faults: parsed.error.issues.map((i) =>
        i.path.length === 0 ? i.message : `${i.path.join('.')}: ${i.message}`,
      ),
    };
  }
  const json = canonicalize(parsed.data);
  const hash = hashOf(json);
  await store.putPacket({ key: parsed.data.ticket.key, version: parsed.data.version, hash, json });
  return { sealed: true, packet: { version: parsed.data.version, hash } };
}

/**
 * A worker that died after it had sealed leaves this version in the store; sealed again a moment later it
 * would differ by its time alone. What was sealed first stands.
 */
async function sealOnce(
  store: Store,
  candidate: Packet,
  contract: (typeof handoffs)[Stage],
): Promise<SealResult> {
  const json = await store.readPacketByVersion(candidate.ticket.key, candidate.version);
  if (json === null) return seal(store, candidate, contract);
  const { sealedAt } = packetSchema.parse(JSON.parse(json));
  return seal(store, { ...candidate, sealedAt }, contract);
}

/** The packet under a hash; its bytes are hashed again, so that a changed row is never believed. */
export async function loadPacket(store: Store, hash: string): Promise<Packet> {
  const json = await store.readPacketByHash(hash);
  if (json === null) throw fail('ContractBroken', `there is no packet ${hash} in the store`);
  if (hashOf(json) !== hash)
    throw fail(
      'ContractBroken',
      `the stored packet ${hash} was changed: its bytes hash to ${hashOf(json)}`,
    );
  const parsed = packetSchema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  throw fail(
    'ContractBroken',
    `the stored packet ${hash} is of a format this version does not read`,
  );
}

/** `sha256:<hex>` of a string's UTF-8 bytes or of bytes. */
export function hashOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
