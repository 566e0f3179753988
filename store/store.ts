import { sql } from 'kysely';
import { putArtifact, readArtifact } from './artifacts.ts';
import { auditAfter, verifyAudit } from './audit.ts';
import { createAuditFeed } from './audit-feed.ts';
import { readBoard } from './board.ts';
import type { Database } from './database.ts';
import { storeError } from './errors.ts';
import { markHandedOver, purgeDeliveries, receive, waitingDeliveries } from './inbox.ts';
import { readIntervals } from './intervals.ts';
import { journal, record } from './journal.ts';
import { putPacket, readPacketByHash, readPacketByVersion } from './packets.ts';
import type { Store } from './port.ts';
import { appendTick, readTicks } from './ticks.ts';
import { listTickets, readTicket } from './tickets.ts';
import { wellFormed } from './well-formed.ts';

/**
 * The `Store` on an open and migrated database of either engine. What people may have typed (keys,
 * hashes) is made storable first: nonsense is not found, it is no error.
 */
export function createStore(database: Database): Store {
  const { db, notifier } = database;
  const feed = createAuditFeed(db, notifier);
  return {
    journal: (write) => ask('write the journal', journal(db, write)),
    record: (entry) => ask('append to the audit log', record(db, entry)),
    readTicket: (key) => ask('read the ticket', readTicket(db, wellFormed(key))),
    listTickets: (filter) => ask('list the tickets', listTickets(db, filter)),
    readBoard: () => ask('read the board', readBoard(db)),
    readIntervals: (key) => ask('read the stage intervals', readIntervals(db, wellFormed(key))),
    putPacket: (packet) => ask('keep the packet', putPacket(db, packet)),
    readPacketByHash: (hash) => ask('read the packet', readPacketByHash(db, wellFormed(hash))),
    readPacketByVersion: (key, version) =>
      ask('read the packet', readPacketByVersion(db, wellFormed(key), version)),
    putArtifact: (bytes) => ask('keep the artifact', putArtifact(db, bytes)),
    readArtifact: (hash) => ask('read the artifact', readArtifact(db, wellFormed(hash))),
    appendTick: (rollout, tick) => ask('keep the reading', appendTick(db, rollout, tick)),
    readTicks: (rollout) => ask('read the rollout', readTicks(db, rollout)),
    receive: (delivery, options) => ask('keep the delivery', receive(db, delivery, options)),
    markHandedOver: (source, id) => ask('mark the delivery', markHandedOver(db, source, id)),
    waitingDeliveries: (limit) => ask('read the inbox', waitingDeliveries(db, limit)),
    purgeDeliveries: (olderThanMs) => ask('clean the inbox', purgeDeliveries(db, olderThanMs)),
    auditAfter: (sequence, limit, ticket) =>
      ask('read the audit log', auditAfter(db, sequence, limit, ticket)),
    verifyAudit: () => ask('verify the audit log', verifyAudit(db)),
    onAudit: (callback) => ask('listen to the audit log', feed.subscribe(callback)),
    ping: async () => {
      await ask('be reached', sql`select 1`.execute(db));
    },
    close: () => database.close(),
  };
}

async function ask<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw storeError(what, error);
  }
}
