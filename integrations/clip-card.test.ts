import { expect, test } from '@jest/globals';
import { clipCard } from './clip-card.ts';

const LIMITS = { part: 10, all: 25, items: 2 };
const card = { title: 'a\nb\u0007', parts: [], actions: [], footer: '' };

test('parts are cut at their limit, and what is left out after the last is said', () => {
  const parts = Array.from({ length: 9 }, () => ({ kind: 'text', text: '0123456789abc' }) as const);
  expect(clipCard({ ...card, parts }, LIMITS).parts).toEqual([
    { kind: 'text', text: '012345678…' },
    { kind: 'text', text: '012345678…' },
    { kind: 'text', text: '0123…' },
    { kind: 'text', text: '… (more than fits here)' },
  ]);
});

test('a list says how many items were left out', () => {
  const parts = [{ kind: 'list', items: ['1', '2', '3', '4'] }] as const;
  expect(clipCard({ ...card, parts }, LIMITS).parts).toEqual([
    { kind: 'list', items: ['1', '2', '… and 2 more'] },
  ]);
});

test('a title is one line, an empty footer is none', () => {
  expect(clipCard(card, LIMITS)).toMatchObject({ title: 'a b', footer: null });
});
