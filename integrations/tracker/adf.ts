import { z } from 'zod';
import type { Card, CardPart } from '../../domain/card.ts';
import { clipCard } from '../clip-card.ts';

/** A node of the Atlassian Document Format, version 1: the body of Jira's API version 3. */
export interface AdfNode {
  readonly type: string;
  readonly version?: number | undefined;
  readonly text?: string | undefined;
  readonly content?: readonly AdfNode[] | undefined;
  readonly attrs?: Readonly<Record<string, unknown>> | undefined;
  readonly marks?: readonly unknown[] | undefined;
}

export const adfNode: z.ZodType<AdfNode> = z.lazy(() =>
  z.object({
    type: z.string(),
    text: z.string().optional(),
    content: z.array(adfNode).optional(),
    attrs: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** Jira refuses texts above 32,767 characters, a document's signs included. */
const LIMITS = { part: 4_000, all: 12_000, items: 100 };

/** A card as a document. Strings become text nodes, which Jira renders as the text they are. */
export function toAdf(whole: Card): AdfNode {
  const card = clipCard(whole, LIMITS);
  const footer = card.footer === null ? [] : [paragraph(card.footer, [{ type: 'em' }])];
  const title = { type: 'heading', attrs: { level: 3 }, content: [textNode(card.title, [])] };
  const parts = card.parts.flatMap(toBlocks);
  return { type: 'doc', version: 1, content: [title, ...parts, ...footer] };
}

function toBlocks(part: CardPart): AdfNode[] {
  switch (part.kind) {
    case 'text':
      return paragraphs(part.text);
    case 'quote':
      return [{ type: 'blockquote', content: paragraphs(part.text) }];
    case 'list':
      return part.items.length === 0 ? [] : [list(part.items)];
    case 'link': {
      const marks = [{ type: 'link', attrs: { href: new URL(part.url).href } }];
      return [{ type: 'paragraph', content: [textNode(part.label, marks)] }];
    }
    default:
      return part satisfies never;
  }
}

function list(items: readonly string[]): AdfNode {
  const content = items.map((item) => ({ type: 'listItem', content: [paragraph(item, [])] }));
  return { type: 'bulletList', content };
}

function paragraphs(text: string): AdfNode[] {
  const blocks = text.split(/\n{2,}/);
  const full = blocks.filter((block) => block.trim() !== '');
  return (full.length > 0 ? full : ['–']).map((block) => paragraph(block, []));
}

function paragraph(text: string, marks: readonly unknown[]): AdfNode {
  const lines = text.split('\n');
  const content = lines.flatMap((line, index) => [
    ...(index > 0 ? [{ type: 'hardBreak' }] : []),
    ...(line === '' ? [] : [textNode(line, marks)]),
  ]);
  return { type: 'paragraph', content };
}

/** Jira refuses an empty text node. */
function textNode(text: string, marks: readonly unknown[]): AdfNode {
  const node = { type: 'text', text: text === '' ? '–' : text };
  return marks.length === 0 ? node : { ...node, marks };
}

const BLOCKS = new Set([
  'paragraph',
  'heading',
  'codeBlock',
  'blockquote',
  'panel',
  'rule',
  'table',
  'bulletList',
  'orderedList',
  'taskList',
  'expand',
  'nestedExpand',
  'mediaSingle',
  'mediaGroup',
]);
const ITEMS = new Set(['listItem', 'taskItem', 'decisionItem']);

/** A document as plain text: blocks are set apart by an empty line, list items are lines with `* `. */
export function fromAdf(node: AdfNode): string {
  return render(node)
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function render(node: AdfNode): string {
  if (node.text !== undefined) return node.text;
  if (node.type === 'hardBreak') return '\n';
  const inner = (node.content ?? []).map(render).join('');
  if (ITEMS.has(node.type)) return `* ${inner.trim().replace(/\n+/g, '\n  ')}\n`;
  if (node.type === 'tableRow') return `${inner.trim().replace(/\n+/g, ' | ')}\n`;
  if (BLOCKS.has(node.type)) return `${inner}\n\n`;
  return inner === '' ? attribute(node) : inner;
}

/** Mentions, emoji, dates, states and cards carry their text in an attribute. */
function attribute({ attrs }: AdfNode): string {
  for (const name of ['text', 'shortName', 'url']) {
    const value = attrs?.[name];
    if (typeof value === 'string') return value;
  }
  return '';
}
