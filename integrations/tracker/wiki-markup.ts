import type { Card, CardPart } from '../../domain/card.ts';
import { clipText, plainText } from '../clip-text.ts';

/** Jira refuses texts above 32,767 characters. */
const MAX_TEXT = 32_000;
const MAX_PART = 6_000;
const SPACE = '\u200b'; // zero width

/** A card in Jira's wiki markup, the body of API version 2. Strings are shown as the text they are. */
export function toWiki(card: Card): string {
  const footer = card.footer === null ? [] : [`_${escapeWiki(card.footer)}_`];
  const parts = card.parts.map(toBlock);
  return clipText([`h3. ${escapeWiki(card.title)}`, ...parts, ...footer].join('\n\n'), MAX_TEXT);
}

function toBlock(part: CardPart): string {
  switch (part.kind) {
    case 'text':
      return escapeWiki(clipText(part.text, MAX_PART));
    case 'quote':
      return noformat(clipText(plainText(part.text), MAX_PART));
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
