import { describe, expect, test } from '@jest/globals';
import type { Card } from '../../domain/card.ts';
import { fromAdf, toAdf, type AdfNode } from './adf.ts';
import { escapeWiki, fromWiki, toWiki } from './wiki-markup.ts';

const SPACE = '\u200b';
const HOSTILE = '[~admin] {html}<b>{html} h1. big !x.png! *b* [x|https://evil.example] @all \\ --';
const card: Card = {
  title: HOSTILE,
  parts: [
    { kind: 'text', text: `${HOSTILE}\nsecond line\n\nsecond paragraph` },
    { kind: 'quote', text: `{noformat}\n${HOSTILE}` },
    { kind: 'list', items: [HOSTILE, 'two'] },
    { kind: 'link', label: 'the packet', url: 'https://baton.example/p?a=1|2' },
  ],
  actions: [],
  footer: 'hash 0000',
};

function nodes(node: AdfNode): AdfNode[] {
  return [node, ...(node.content ?? []).flatMap(nodes)];
}

describe('a document', () => {
  test('holds texts as texts: no mention, no macro, and one link, the card’s own', () => {
    const all = nodes(toAdf(card));
    const types = new Set(all.map(({ type }) => type));
    expect([...types].sort()).toEqual([
      'blockquote',
      'bulletList',
      'doc',
      'hardBreak',
      'heading',
      'listItem',
      'paragraph',
      'text',
    ]);
    expect(all.filter(({ text }) => text === HOSTILE)).toHaveLength(4);
    const marks = all.flatMap((node) => node.marks ?? []);
    expect(marks).toEqual([
      { type: 'link', attrs: { href: 'https://baton.example/p?a=1|2' } },
      { type: 'em' },
    ]);
  });

  test('has no empty text, which Jira refuses', () => {
    const empty: Card = {
      title: '',
      parts: [
        { kind: 'text', text: '' },
        { kind: 'quote', text: '\n\n' },
        { kind: 'list', items: [''] },
        { kind: 'list', items: [] },
      ],
      actions: [],
      footer: null,
    };
    expect(nodes(toAdf(empty)).filter(({ text }) => text === '')).toEqual([]);
  });

  test('stays below Jira’s limit', () => {
    const parts = Array.from(
      { length: 100 },
      () => ({ kind: 'text', text: 'x'.repeat(9_000) }) as const,
    );
    expect(fromAdf(toAdf({ ...card, parts })).length).toBeLessThan(32_767);
  });

  test('is read as plain text, whatever people used', () => {
    const text = (value: string): AdfNode => ({ type: 'text', text: value });
    const paragraph = (...content: AdfNode[]): AdfNode => ({ type: 'paragraph', content });
    const document: AdfNode = {
      type: 'doc',
      version: 1,
      content: [
        { type: 'heading', content: [text('Goal')] },
        paragraph(text('one'), { type: 'hardBreak' }, text('  two '), {
          type: 'mention',
          attrs: { text: '@requester' },
        }),
        {
          type: 'bulletList',
          content: [
            { type: 'listItem', content: [paragraph(text('first'))] },
            { type: 'listItem', content: [paragraph(text('second')), paragraph(text('more'))] },
          ],
        },
        { type: 'codeBlock', content: [text('Given\n  When')] },
        {
          type: 'table',
          content: [
            {
              type: 'tableRow',
              content: [
                { type: 'tableCell', content: [paragraph(text('a'))] },
                { type: 'tableCell', content: [paragraph(text('b'))] },
              ],
            },
          ],
        },
        { type: 'mediaSingle', content: [{ type: 'media', attrs: { id: 'x' } }] },
        paragraph(
          { type: 'inlineCard', attrs: { url: 'https://shop.example' } },
          { type: 'brandNew' },
        ),
      ],
    };
    expect(fromAdf(document)).toBe(
      'Goal\n\none\n  two @requester\n\n* first\n* second\n  more\n\nGiven\n  When\n\na | b\n\nhttps://shop.example',
    );
  });
});

describe('wiki markup', () => {
  test.each([
    ['[~admin] [x|https://e.example]', `\\[\\~admin\\] \\[x\\|https:${SPACE}//e.example\\]`],
    ['{html}x{html}', '\\{html\\}x\\{html\\}'],
    [
      '!x.png! *b* _i_ -s- +u+ ^p^ ~b~ ??c??',
      '\\!x.png\\! \\*b\\* \\_i\\_ \\-s\\- \\+u\\+ \\^p\\^ \\~b\\~ \\?\\?c\\?\\?',
    ],
    ['h1. big\n bq. q', `h1${SPACE}. big\n bq${SPACE}. q`],
    ['|| a || (!) \\', '\\|\\| a \\|\\| \\(\\!\\) \\\\'],
    ['mailto:a@b.example', `mailto${SPACE}:a\\@b.example`],
  ])('%j is text', (text, escaped) => {
    expect(escapeWiki(text)).toBe(escaped);
  });

  test('a quotation cannot end its own block', () => {
    const body = toWiki(card);
    expect(body.match(/\{noformat/g)).toHaveLength(2);
    expect(body).toContain(`{noformat}\n{${SPACE}noformat}\n${HOSTILE}\n{noformat}`);
  });

  test('the card’s own link keeps its address in one piece', () => {
    expect(toWiki(card)).toContain('[the packet|https://baton.example/p?a=1%7C2]');
  });

  test('what people wrote is read without macros and headings', () => {
    const text =
      'h2. Goal\r\n{noformat}\r\nGiven x\r\n{noformat}\r\n{code:java|title=a}y{code} \\[z\\]';
    expect(fromWiki(text)).toBe('Goal\n\nGiven x\n\ny [z]');
  });
});
