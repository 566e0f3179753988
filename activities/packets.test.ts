import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packet as packetSchema, type PacketRef } from '../domain/packet.schema.ts';
import type { Store } from '../store/port.ts';
import { openWorkshop, type Workshop } from '../test/fixtures/activity-store.ts';
import {
  evidence,
  proofOf,
  sampleChange,
  samplePacket,
  sampleRelease,
} from '../test/fixtures/packets.ts';
import { START } from '../test/fixtures/tickets.ts';
import { createPacketActivities, loadPacket, seal, type SealInput } from './packets.ts';

let at: Workshop;
beforeAll(async () => {
  at = await openWorkshop();
});
afterAll(async () => at.close());

let count = 0;
/** A ticket's first packet in the store. */
async function firstPacket(): Promise<PacketRef> {
  count += 1;
  const ticket = { key: `PACK-${count}`, title: 'Free shipping', url: 'http://jira' };
  const result = await seal(at.store, samplePacket({ ticket }), packetSchema);
  if (!result.sealed) throw new Error(result.faults.join());
  return result.packet;
}

const sealing = (base: PacketRef, more: Partial<SealInput>) =>
  createPacketActivities(at).sealPacket({
    base,
    stage: 'code',
    round: 1,
    at: START,
    add: { changes: [sampleChange()] },
    forward: true,
    ...more,
  });

test('a stage adds its part; everything before stays and is named as the version before', async () => {
  const base = await firstPacket();
  const result = await sealing(base, {});
  if (!result.sealed) throw new Error(result.faults.join());
  const before = await loadPacket(at.store, base.hash);
  expect(await loadPacket(at.store, result.packet.hash)).toEqual({
    ...before,
    version: 2,
    previous: base.hash,
    stage: 'code',
    changes: [sampleChange()],
  });
});

test('sealed twice, it is the same hash, of exactly the bytes that are stored', async () => {
  const base = await firstPacket();
  const [once, again] = [await sealing(base, {}), await sealing(base, {})];
  expect(again).toEqual(once);
  const hash = once.sealed ? once.packet.hash : '';
  const json = (await at.store.readPacketByHash(hash)) ?? '';
  expect(`sha256:${createHash('sha256').update(json).digest('hex')}`).toBe(hash);
});

test('the order in which keys were written does not change the hash', async () => {
  const packet = samplePacket({ ticket: { key: 'ORDER-1', title: 't', url: 'u' } });
  const turned = Object.fromEntries(Object.entries(packet).reverse());
  expect(await seal(at.store, turned, packetSchema)).toEqual(
    await seal(at.store, packet, packetSchema),
  );
});

test('a packet that does not satisfy the contract is not stored, and every fault is named', async () => {
  const base = await firstPacket();
  const faulty = sampleChange({ evidence: [], headCommit: 7 as never });
  const result = await sealing(base, { add: { changes: [faulty] } });
  expect(result).toMatchObject({ sealed: false });
  const faults = result.sealed ? [] : result.faults;
  expect(faults).toEqual([
    expect.stringMatching(/^changes\.0\.headCommit: /),
    expect.stringMatching(/^changes\.0\.evidence: /),
  ]);
  expect(await at.store.readPacketByVersion(`PACK-${count}`, 2)).toBeNull();
});

test('a criterion without an executed check is refused and named', async () => {
  const base = await firstPacket();
  const add = {
    verification: { evidence: [proofOf('AC-1')], rollbackMs: 10 },
    release: { before: [sampleRelease()], after: [sampleRelease()] },
  };
  expect(await sealing(base, { stage: 'verification', add })).toEqual({
    sealed: false,
    faults: ['verification: no executed check for AC-2'],
  });
});

test('what goes back is sealed although the stage it failed has nothing to hand over', async () => {
  const base = await firstPacket();
  const handBack = {
    round: 1,
    from: 'verification' as const,
    reason: 'AC-1 failed',
    evidence: [evidence({ result: 'failed' })],
  };
  const input = { stage: 'verification' as const, add: { handBack } };
  expect((await sealing(base, { ...input, forward: true })).sealed).toBe(false);
  const back = await sealing(base, { ...input, forward: false });
  if (!back.sealed) throw new Error(back.faults.join());
  const twice = await sealing(back.packet, { ...input, round: 2, forward: false });
  const packet = await loadPacket(at.store, twice.sealed ? twice.packet.hash : '');
  expect(packet.handBacks).toEqual([handBack, handBack]);
});

/** The store with one packet's bytes changed behind its back. */
const tampered = (store: Store, change: (json: string) => string): Store => ({
  ...store,
  readPacketByHash: async (hash) => {
    const json = await store.readPacketByHash(hash);
    return json === null ? null : change(json);
  },
});

test('a packet whose stored bytes were changed is refused, and so is what builds on it', async () => {
  const base = await firstPacket();
  const store = tampered(at.store, (json) => json.replace('"value":2', '"value":0'));
  const refused = { type: 'ContractBroken', nonRetryable: true };
  await expect(loadPacket(store, base.hash)).rejects.toMatchObject(refused);
  const onTampered = createPacketActivities({ store });
  const input = { base, stage: 'code', round: 1, at: START, add: {}, forward: false } as const;
  await expect(onTampered.sealPacket(input)).rejects.toMatchObject(refused);
});

test('a packet that is not there is a broken contract, not an empty packet', async () => {
  await expect(loadPacket(at.store, 'sha256:none')).rejects.toMatchObject({
    type: 'ContractBroken',
  });
});
