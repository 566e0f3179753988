import type {
  ActionsBlock,
  Button,
  ContextBlock,
  KnownBlock,
  RichTextBlock,
  RichTextBlockElement,
  RichTextSection,
  RichTextText,
} from '@slack/types';
import type { Card, CardAction, CardPart } from '../../domain/card.ts';
import { clipCard } from '../clip-card.ts';
import { clipText, plainText } from '../clip-text.ts';
import { IntegrationError } from '../errors.ts';

/** Slack's own (its pages on blocks and on `chat.postMessage`); what is longer is refused there. */
const LIMITS = {
  blocks: 50,
  header: 150,
  buttonText: 75,
  value: 2_000,
  elements: 25,
};
/** A whole message must stay below about 13,000 characters of blocks. */
const CARD_LIMITS = { part: 2_500, all: 9_000, items: 60 };
const MAX_FALLBACK = 3_000;

export interface SlackContent {
  readonly blocks: KnownBlock[];
  /** What notifications and screen readers say. */
  readonly text: string;
}

/**
 * A card as blocks. Texts are rich text and plain text, in which Slack reads no markup: no mention,
 * no link but the card's own.
 *
 * @throws IntegrationError `IntegrationRejected` when a button's subject does not fit into its value
 */
export function toBlockKit(whole: Card): SlackContent {
  const card = clipCard(whole, CARD_LIMITS);
  const title = clipText(card.title, LIMITS.header);
  const header: KnownBlock = {
    type: 'header',
    text: { type: 'plain_text', text: title, emoji: false },
  };
  const body = richText(card.parts);
  return {
    blocks: [header, ...body, ...actions(card.actions), ...footer(card.footer)].slice(
      0,
      LIMITS.blocks,
    ),
    text: escapeSlack(clipText([title, ...card.parts.map(words)].join('\n'), MAX_FALLBACK)),
  };
}

/** The three characters with which Slack's markup begins (its page on formatting text). */
export function escapeSlack(text: string): string {
  return plainText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** One decision of one message: what comes back as `action_id`. */
export function actionId({ decision, about }: CardAction): string {
  return about.gate === null ? decision : `${decision}:${about.gate}`;
}

function richText(parts: readonly CardPart[]): RichTextBlock[] {
  const elements = parts.flatMap(toElements);
  return elements.length === 0 ? [] : [{ type: 'rich_text', elements }];
}

function toElements(part: CardPart): RichTextBlockElement[] {
  switch (part.kind) {
    case 'text':
      return [section(text(`${part.text}\n`))];
    case 'quote':
      return [{ type: 'rich_text_quote', elements: [text(part.text)] }];
    case 'list': {
      const items = part.items.map((item) => section(text(item)));
      return items.length === 0
        ? []
        : [{ type: 'rich_text_list', style: 'bullet', elements: items }];
    }
    case 'link': {
      const link = { type: 'link' as const, url: new URL(part.url).href, text: part.label || '–' };
      return [section(link, text('\n'))];
    }
    default:
      return part satisfies never;
  }
}

function section(...elements: RichTextSection['elements']): RichTextSection {
  return { type: 'rich_text_section', elements };
}

/** Slack refuses an empty text. */
function text(value: string): RichTextText {
  return { type: 'text', text: value || '–' };
}

function actions(all: readonly CardAction[]): ActionsBlock[] {
  if (all.length === 0) return [];
  return [{ type: 'actions', elements: all.slice(0, LIMITS.elements).map(button) }];
}

function button(action: CardAction): Button {
  const value = JSON.stringify(action.about);
  if (value.length > LIMITS.value) {
    const message = `the subject of the button ${action.label} is longer than ${LIMITS.value} characters`;
    throw new IntegrationError('IntegrationRejected', 'slack', message);
  }
  const label = clipText(plainText(action.label).replace(/\s+/g, ' ').trim(), LIMITS.buttonText);
  return {
    type: 'button',
    action_id: actionId(action),
    text: { type: 'plain_text', text: label, emoji: false },
    value,
    ...(action.style === 'plain' ? {} : { style: action.style }),
  };
}

function footer(line: string | null): ContextBlock[] {
  if (line === null) return [];
  return [{ type: 'context', elements: [{ type: 'plain_text', text: line, emoji: false }] }];
}

function words(part: CardPart): string {
  switch (part.kind) {
    case 'text':
    case 'quote':
      return part.text;
    case 'list':
      return part.items.join('\n');
    case 'link':
      return part.label;
    default:
      return part satisfies never;
  }
}
