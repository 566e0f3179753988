import type { Card, CardPart } from '../../domain/card.ts';
import { clipCard } from '../clip-card.ts';
import { plainText } from '../clip-text.ts';

/** GitHub refuses bodies above 65,536 characters; escaping makes at most five of one. */
const LIMITS = { part: 8_000, all: 12_000, items: 100 };
const SPACE = '\u200b'; // zero width: breaks up what GitHub would turn into something else

/**
 * A card as GitHub's Markdown. Every string of the card is shown as the text it is: no mention, no
 * HTML, no image, no reference and no link but the card's own.
 *
 * @param marker - names the text for ever; kept in a hidden comment on its first line
 */
export function toMarkdown(whole: Card, marker: string): string {
  const card = clipCard(whole, LIMITS);
  const parts = card.parts.map(part);
  const footer = card.footer === null ? [] : [`<sub>${escapeMarkdown(card.footer)}</sub>`];
  const body = [`### ${escapeMarkdown(card.title)}`, ...parts, ...footer].join('\n\n');
  return `${hiddenMarker(marker)}\n${body}`;
}

/** What a body that carries the marker begins with. */
export function hiddenMarker(marker: string): string {
  // A hidden comment ends at its first `-->`; the marker cannot bring one.
  const safe = encodeURIComponent(marker)
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replaceAll('--', '-%2D');
  return `<!-- baton:${safe} -->`;
}

function part(one: CardPart): string {
  switch (one.kind) {
    case 'text':
      return escapeMarkdown(one.text);
    case 'list':
      return one.items
        .map((item) => `- ${escapeMarkdown(item).replaceAll('\n', '\n  ')}`)
        .join('\n');
    case 'quote':
      return quote(one.text);
    case 'link':
      return `[${escapeMarkdown(one.label)}](<${linkTarget(one.url)}>)`;
    default:
      return one satisfies never;
  }
}

/** A code block whose fence is longer than any in the text: nothing in it can end it or be rendered. */
function quote(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const lines = text.split('\n');
  return [`${fence}text`, ...lines, fence].map((line) => `> ${line}`).join('\n');
}

/** Text of anybody as Markdown that shows exactly this text. */
export function escapeMarkdown(text: string): string {
  return plainText(text)
    .split('\n')
    .map((line) => escapeLine(line.trimStart()))
    .join('\\\n')
    .replace(/(\\\n){2,}/g, '\n\n');
}

function escapeLine(line: string): string {
  return line
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~=]/g, '\\$&')
    .replaceAll('@', `@${SPACE}`)
    .replace(/(\\#)(?=\d)/g, `$1${SPACE}`)
    .replace(/\b(GH)(\\-)(?=\d)/gi, `$1${SPACE}$2`)
    .replace(/:(?=\/\/)/g, `:${SPACE}`)
    .replace(/:(?=[a-z0-9_+\\-]+:)/gi, `:${SPACE}`)
    .replace(/\b(www)(?=\\\.)/gi, `$1${SPACE}`)
    .replaceAll('$', '&#36;');
}

function linkTarget(url: string): string {
  const { protocol, href } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return 'about:blank';
  return href.replace(/[<>\s\\]/g, encodeURIComponent);
}
