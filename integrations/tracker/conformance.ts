import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Card } from '../../domain/card.ts';
import type { TrackerPort } from './port.ts';

export interface TrackerFixture {
  readonly tracker: TrackerPort;
  /** A project with at least three tickets, in the status `first`, none of them touched yet. */
  readonly project: string;
  readonly keys: readonly [string, string, string];
  readonly first: string;
  /** A status that every ticket can be moved to. */
  readonly second: string;
  /** The texts of a ticket's comments, as a person sees them. */
  comments(key: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const card = (text: string): Card => ({
  title: 'Started',
  parts: [{ kind: 'text', text }],
  actions: [],
  footer: null,
});

/** Every promise of `TrackerPort`. */
export function trackerConformance(name: string, open: () => Promise<TrackerFixture>): void {
  describe(`TrackerPort: ${name}`, () => {
    let at: TrackerFixture;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(async () => at.close());

    test('a ticket comes with what intake needs', async () => {
      const ticket = await at.tracker.readTicket({ key: at.keys[0] });
      expect(ticket.key).toBe(at.keys[0]);
      expect(ticket.title).not.toBe('');
      expect(ticket.status).toBe(at.first);
      expect(ticket.reporter?.accountId).toMatch(/./);
      expect(ticket.components.length).toBeGreaterThan(0);
      expect(ticket.url).toContain(at.keys[0]);
      expect(new Date(ticket.updatedAt).toISOString()).toBe(ticket.updatedAt);
    });

    test('a description keeps its paragraphs and the lines in them', async () => {
      const { description } = await at.tracker.readTicket({ key: at.keys[0] });
      expect(description).toMatch(/^Goal: .+\nUser: /);
      expect(description).toMatch(/\n\nScenario: AC-1 .+\n +Given /);
    });

    test.each(['SHOP-99999', 'shop-1', 'SHOP-1/../SHOP-2', 'SHOP-1?x=1', ''])(
      'no such ticket: %j is refused',
      async (key) => {
        await expect(at.tracker.readTicket({ key })).rejects.toMatchObject({
          name: 'IntegrationError',
          kind: 'IntegrationRejected',
        });
      },
    );

    test('the same marker is one comment, brought up to date', async () => {
      const [key] = at.keys;
      const one = await at.tracker.comment({ key, marker: 'SHOP/intake/1', card: card('one') });
      const same = await at.tracker.comment({ key, marker: 'SHOP/intake/1', card: card('one') });
      const edited = await at.tracker.comment({ key, marker: 'SHOP/intake/1', card: card('two') });
      const other = await at.tracker.comment({ key, marker: 'SHOP/intake/2', card: card('two') });
      expect(same.id).toBe(one.id);
      expect(edited.id).toBe(one.id);
      expect(other.id).not.toBe(one.id);
      const texts = await at.comments(key);
      expect(texts.filter((text) => text.includes('two'))).toHaveLength(2);
      expect(texts.some((text) => text.includes('one'))).toBe(false);
    });

    test('a marker is found among a hundred others', async () => {
      const [, , key] = at.keys;
      const first = await at.tracker.comment({ key, marker: 'first', card: card('first') });
      for (let n = 0; n < 101; n += 1) {
        await at.tracker.comment({ key, marker: `other-${n}`, card: card(`other ${n}`) });
      }
      expect(await at.tracker.comment({ key, marker: 'first', card: card('first') })).toEqual(
        first,
      );
    }, 60_000);

    test('a ticket moves once', async () => {
      const [, key] = at.keys;
      expect(await at.tracker.transition({ key, status: at.second })).toEqual({ moved: true });
      expect(await at.tracker.transition({ key, status: at.second })).toEqual({ moved: false });
      expect((await at.tracker.readTicket({ key })).status).toBe(at.second);
    });

    test('a status that the workflow does not offer is refused with those it offers', async () => {
      const [key] = at.keys;
      await expect(at.tracker.transition({ key, status: 'No such status' })).rejects.toMatchObject({
        kind: 'IntegrationRejected',
        message: expect.stringContaining(at.second),
      });
    });

    test('tickets are listed by status, not more than asked for', async () => {
      const { tracker, project, keys, first, second } = at;
      const listed = await tracker.listTickets({
        projects: [project],
        statuses: [second],
        limit: 50,
      });
      expect(listed).toEqual([{ key: keys[1], status: second }]);
      const two = await tracker.listTickets({
        projects: [project],
        statuses: [first, second],
        limit: 2,
      });
      expect(two).toHaveLength(2);
      expect(await tracker.listTickets({ projects: [project], statuses: [], limit: 2 })).toEqual(
        [],
      );
    });
  });
}
