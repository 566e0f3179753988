import type { Card, CardPart } from '../domain/card.ts';
import { clipText, plainText } from './clip-text.ts';

export interface CardLimits {
  /** Characters of one part. */
  readonly part: number;
  /** Characters of all parts together. */
  readonly all: number;
  /** Items of a list. */
  readonly items: number;
}

/**
 * A card that fits: parts are cut from the end on, and what is left out is said. Control characters
 * are gone.
 */
export function clipCard(card: Card, limits: CardLimits): Card {
  let room = limits.all;
  const parts: CardPart[] = [];
  for (const part of card.parts) {
    if (room <= 0) {
      parts.push({ kind: 'text', text: '… (more than fits here)' });
      break;
    }
    const clipped = clipPart(part, Math.min(room, limits.part), limits.items);
    room -= lengthOf(clipped);
    parts.push(clipped);
  }
  const short = (text: string) => clipText(plainText(text), 250);
  return {
    title: short(card.title).replace(/\s+/g, ' ').trim() || '–',
    parts,
    actions: card.actions,
    footer: card.footer === null || card.footer === '' ? null : short(card.footer),
  };
}

function clipPart(part: CardPart, room: number, most: number): CardPart {
  switch (part.kind) {
    case 'text':
    case 'quote':
      return { kind: part.kind, text: clipText(plainText(part.text), room) };
    case 'list':
      return { kind: 'list', items: clipItems(part.items, room, most) };
    case 'link':
      return { ...part, label: clipText(plainText(part.label).replace(/\s+/g, ' '), 250) };
    default:
      return part satisfies never;
  }
}

function clipItems(items: readonly string[], room: number, most: number): string[] {
  const kept: string[] = [];
  let left = room;
  for (const item of items) {
    if (left <= 0 || kept.length === most)
      return [...kept, `… and ${items.length - kept.length} more`];
    const clipped = clipText(plainText(item), Math.min(left, 1_000));
    left -= clipped.length;
    kept.push(clipped);
  }
  return kept;
}

function lengthOf(part: CardPart): number {
  switch (part.kind) {
    case 'text':
    case 'quote':
      return part.text.length;
    case 'list':
      return part.items.join('').length;
    case 'link':
      return part.label.length + part.url.length;
    default:
      return part satisfies never;
  }
}
