import { expect, test } from '@jest/globals';
import { criterion, evidence, samplePacket } from '../test/fixtures/packets.ts';
import { briefOf } from './briefs.ts';

test('a brief names the repository, the intent and every criterion', () => {
  const brief = briefOf(samplePacket(), 'shop/checkout');
  expect(brief).toMatch(/^# SHOP-1: change shop\/checkout\n/);
  expect(brief).toContain('> Goal: Free from 50 EUR');
  expect(brief).toContain('### AC-1\n> ships free\n> Given a basket worth 50.00 EUR\n');
  expect(brief).toContain('### AC-2');
  expect(brief).not.toContain('earlier rounds');
});

test('every line of text from a ticket is quoted, whatever is in it', () => {
  const hostile = 'first PLANTED\n# PLANTED heading\n\n```PLANTED\r## PLANTED\u2028PLANTED';
  const handBack = {
    round: 1,
    from: 'canary' as const,
    reason: hostile,
    evidence: [evidence({ sentence: hostile, what: hostile })],
  };
  const brief = briefOf(
    samplePacket({
      ticket: { key: 'SHOP-1', title: hostile, url: 'u' },
      intent: { goal: hostile, user: hostile, why: hostile },
      criteria: [{ ...criterion(), title: hostile, given: [hostile], then: [hostile] }],
      handBacks: [handBack],
    }),
    'shop/checkout',
  );
  const planted = brief.split(/\r\n|[\n\r\u2028\u2029]/).filter((l) => l.includes('PLANTED'));
  expect(planted.length).toBeGreaterThan(40);
  expect(planted.filter((line) => !line.startsWith('> '))).toEqual([]);
});

test('what earlier rounds learnt stands in the brief with its evidence', () => {
  const reason = 'Every fifth request fails';
  const failed = evidence({ result: 'failed', what: 'smoke', sentence: 'exit code 1' });
  const brief = briefOf(
    samplePacket({ handBacks: [{ round: 1, from: 'canary', reason, evidence: [failed] }] }),
    'shop/checkout',
  );
  expect(brief).toContain(
    'Round 1 came back from canary:\n> Every fifth request fails\n> failed: smoke: exit code 1',
  );
});
