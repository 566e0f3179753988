import type { Card, CardPart } from '../../domain/card.ts';
import { clipCard } from '../clip-card.ts';
import { plainText } from '../clip-text.ts';

/** Jira refuses texts above 32,767 characters; escaping doubles them at most. */
const LIMITS = { part: 4_000, all: 12_000, items: 100 };
const SPACE = '\u200b'; // zero width

/** A card in Jira's wiki markup, the body of API version 2. Strings are shown as the text they are. */
export function toWiki(whole: Card): string {
  const card = clipCard(whole, LIMITS);
  const footer = card.footer === null ? [] : [`_${escapeWiki(card.footer)}_`];
  const parts = card.parts.map(toBlock);
  return [`h3. ${escapeWiki(card.title)}`, ...parts, ...footer].join('\n\n');
}

function toBlock(part: CardPart): string {
  switch (part.kind) {
    case 'text':
      return escapeWiki(part.text);
    case 'quote':
      return noformat(part.text);
    case 'list':
      return part.items.map((item) => `* ${escapeWiki(item).replace(/\n+/g, ' ')}`).join('\n');
    case 'link':
      return `[${escapeWiki(part.label)}|${linkTarget(part.url)}]`;
    default:
      return part satisfies never;
  }
}

/** Only the closing macro ends such a block. */
function noformat(text: string): string {
  return `{noformat}\n${text.replace(/\{noformat/gi, (macro) => `{${SPACE}${macro.slice(1)}`)}\n{noformat}`;
}

/** Text of anybody as markup that shows exactly this text: no macro, link, mention, image or heading. */
export function escapeWiki(text: string): string {
  return plainText(text)
    .replace(/[\\{}[\]()*_+\-^~?!|#@]/g, '\\$&')
    .replace(/:(?=\/\/)/g, `:${SPACE}`)
    .replace(/^(\s*)(h[1-6]|bq)\./gim, `$1$2${SPACE}.`)
    .replace(/\b(mailto|file):/gi, `$1${SPACE}:`);
}

function linkTarget(url: string): string {
  return new URL(url).href.replace(/[|[\]{}\s]/g, encodeURIComponent);
}

/** Wiki markup that people wrote, as plain text: macros and headings go, the words stay. */
export function fromWiki(text: string): string {
  return plainText(text)
    .replace(/\{(noformat|code|quote|panel|color)(:[^}]*)?\}/gi, '')
    .replace(/^h[1-6]\.\s+/gm, '')
    .replace(/\\([\\{}[\]()*_+\-^~?!|#@])/g, '$1')
    .replaceAll(SPACE, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
