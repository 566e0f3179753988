import { expect, test } from '@jest/globals';
import type { Card } from '../../domain/card.ts';
import { escapeMarkdown, hiddenMarker, toMarkdown } from './markdown-card.ts';

const card = (parts: Card['parts'], more: Partial<Card> = {}): Card => ({
  title: 'Title',
  parts,
  actions: [],
  footer: null,
  ...more,
});
const SPACE = '\u200b';

test.each([
  ['@reviewer please', `@${SPACE}reviewer please`],
  ['<img src=x onerror=alert(1)>', '&lt;img src\\=x onerror\\=alert\\(1\\)&gt;'],
  ['[click](https://evil.example)', `\\[click\\]\\(https:${SPACE}//evil\\.example\\)`],
  ['![x](y)', '\\!\\[x\\]\\(y\\)'],
  ['# heading', '\\# heading'],
  ['fixes #12 and GH-7', `fixes \\#${SPACE}12 and GH${SPACE}\\-7`],
  ['www.evil.example', `www${SPACE}\\.evil\\.example`],
  [
    '`code` *b* _i_ ~s~ | - + > $x$',
    '\\`code\\` \\*b\\* \\_i\\_ \\~s\\~ \\| \\- \\+ &gt; &#36;x&#36;',
  ],
  ['1. one', '1\\. one'],
  ['    indented', 'indented'],
  [':tada: now', `:${SPACE}tada: now`],
  ['&lt;b&gt; <!-- hidden -->', '&amp;lt;b&amp;gt; &lt;\\!\\-\\- hidden \\-\\-&gt;'],
  ['a\u202eb\u0007c', 'abc'],
  ['one\ntwo\n\nthree', 'one\\\ntwo\n\nthree'],
])('%j is text', (text, escaped) => {
  expect(escapeMarkdown(text)).toBe(escaped);
});

test('a quotation cannot end its own block', () => {
  const text = '```\n</details>\n````js\n@reviewer\n> x';
  const lines = toMarkdown(card([{ kind: 'quote', text }]), 'm').split('\n');
  const fences = lines.filter((line) => line.startsWith('> `````'));
  expect(fences).toEqual(['> `````text', '> `````']);
  expect(lines.slice(-1)).toEqual(['> `````']);
});

test('a list item stays one item', () => {
  const body = toMarkdown(card([{ kind: 'list', items: ['one\n- two', '# three'] }]), 'm');
  expect(body).toContain('- one\\\n  \\- two\n- \\# three');
});

test('a link goes where the card says, and is none for another kind of address', () => {
  const link = (url: string) => toMarkdown(card([{ kind: 'link', label: 'a](b', url }]), 'm');
  expect(link('https://baton.example/a?b=c d>')).toContain(
    '[a\\]\\(b](<https://baton.example/a?b=c%20d%3E>)',
  );
  expect(link('javascript:alert(1)')).toContain('](<about:blank>)');
});

test('the marker stands hidden on the first line, and cannot end its comment', () => {
  expect(toMarkdown(card([]), 'SHOP-1/a--><b>')).toMatch(
    /^<!-- baton:SHOP-1\/a-%2D%3E%3Cb%3E -->\n### Title/,
  );
  expect(hiddenMarker('a--b')).not.toBe(hiddenMarker('a-b'));
  expect(hiddenMarker('---').slice(4, -3)).not.toContain('--');
});

test('a body is never longer than GitHub takes, marker included', () => {
  const parts = Array.from(
    { length: 40 },
    () => ({ kind: 'text', text: '$'.repeat(5_000) }) as const,
  );
  const body = toMarkdown(card(parts), 'm');
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(body.endsWith('more than fits here\\)')).toBe(true);
  expect(body.startsWith('<!-- baton:m -->')).toBe(true);
});

test('title and footer are text too', () => {
  const body = toMarkdown(card([], { title: '<b>@all', footer: '<script>' }), 'm');
  expect(body).toContain(`### &lt;b&gt;@${SPACE}all`);
  expect(body).toContain('<sub>&lt;script&gt;</sub>');
});
