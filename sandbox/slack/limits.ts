import { SlackError } from './slack-error.ts';

/**
 * What Slack refuses, from its pages on blocks, composition objects and `chat.postMessage`. Only
 * the blocks and elements that a message of an app uses are looked into.
 */
const LIMITS = {
  blocks: 50,
  text: 40_000,
  sectionText: 3000,
  sectionFields: 10,
  fieldText: 2000,
  header: 150,
  actionElements: 25,
  contextElements: 10,
  buttonText: 75,
  buttonValue: 2000,
  id: 255,
  url: 3000,
  metadataBytes: 8000,
  viewBlocks: 100,
  viewTitle: 24,
  privateMetadata: 3000,
  inputLabel: 2000,
} as const;

type Shape = Readonly<Record<string, unknown>>;

/** Throws what Slack would answer. */
export function checkText(text: string): void {
  if (text.length > LIMITS.text) throw new SlackError('msg_too_long');
}

export function checkMetadata(metadata: unknown): void {
  const one = asShape(metadata);
  if (typeof one?.['event_type'] !== 'string' || !asShape(one['event_payload'])) {
    throw new SlackError('invalid_metadata_format');
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > LIMITS.metadataBytes) {
    throw new SlackError('metadata_too_large');
  }
}

export function checkBlocks(blocks: unknown): void {
  const faults = faultsOf(blocks, { limit: LIMITS.blocks, inView: false });
  if (faults.length > 0) throw new SlackError('invalid_blocks', faults);
}

/** A form; its faults are `invalid_arguments`. */
export function checkView(view: unknown): void {
  const one = asShape(view);
  if (one?.['type'] !== 'modal') throw new SlackError('invalid_arguments', ['type must be modal']);
  const optional = (name: string) =>
    one[name] === undefined ? [] : textFaults(one[name], LIMITS.viewTitle, ['plain_text']);
  const faults = [
    ...textFaults(one['title'], LIMITS.viewTitle, ['plain_text']),
    ...optional('submit'),
    ...optional('close'),
    ...longer(one['private_metadata'], LIMITS.privateMetadata, 'private_metadata'),
    ...longer(one['callback_id'], LIMITS.id, 'callback_id'),
    ...faultsOf(one['blocks'], { limit: LIMITS.viewBlocks, inView: true }),
  ];
  if (faults.length > 0) throw new SlackError('invalid_arguments', faults);
}

function faultsOf(
  blocks: unknown,
  { limit, inView }: { readonly limit: number; readonly inView: boolean },
): string[] {
  if (!Array.isArray(blocks)) return ['blocks must be an array'];
  const tooMany = blocks.length > limit ? [`no more than ${limit} items allowed`] : [];
  const ids = blocks.map((block) => asShape(block)?.['block_id']).filter((id) => id !== undefined);
  const repeated = new Set(ids).size < ids.length ? ['block_id must be unique'] : [];
  const own = blocks.flatMap((block, index) =>
    blockFaults(asShape(block) ?? {}, inView).map(
      (fault) => `${fault} [json-pointer:/blocks/${index}]`,
    ),
  );
  return [...tooMany, ...repeated, ...own];
}

function blockFaults(block: Shape, inView: boolean): string[] {
  const id = longer(block['block_id'], LIMITS.id, 'block_id');
  if (inView && block['type'] === 'input') return [...id, ...inputFaults(block)];
  switch (block['type']) {
    case 'section':
      return [...id, ...sectionFaults(block)];
    case 'header':
      return [...id, ...textFaults(block['text'], LIMITS.header, ['plain_text'])];
    case 'actions':
      return [...id, ...actionsFaults(block['elements'])];
    case 'context':
      return [...id, ...contextFaults(block['elements'])];
    case 'divider':
    case 'image':
    case 'rich_text':
    case 'markdown':
      return id;
    default:
      return [`unsupported type: ${String(block['type'])}`];
  }
}

function sectionFaults(section: Shape): string[] {
  const { text, fields, accessory } = section;
  if (text === undefined && fields === undefined) return ['text or fields is required'];
  const list = Array.isArray(fields) ? (fields as unknown[]) : [];
  return [
    ...(text === undefined ? [] : textFaults(text, LIMITS.sectionText)),
    ...(list.length > LIMITS.sectionFields ? ['too many fields'] : []),
    ...list.flatMap((field) => textFaults(field, LIMITS.fieldText)),
    ...(accessory === undefined ? [] : elementFaults(asShape(accessory) ?? {})),
  ];
}

function inputFaults({ label, element }: Shape): string[] {
  return [
    ...textFaults(label, LIMITS.inputLabel, ['plain_text']),
    ...elementFaults(asShape(element) ?? {}),
  ];
}

function actionsFaults(elements: unknown): string[] {
  if (!Array.isArray(elements) || elements.length === 0) return ['elements is required'];
  const shapes = elements.map((element) => asShape(element) ?? {});
  const ids = shapes.map((element) => element['action_id']).filter((id) => id !== undefined);
  return [
    ...(shapes.length > LIMITS.actionElements ? ['too many elements'] : []),
    ...(new Set(ids).size < ids.length ? ['action_id must be unique in its block'] : []),
    ...shapes.flatMap(elementFaults),
  ];
}

function contextFaults(elements: unknown): string[] {
  if (!Array.isArray(elements) || elements.length === 0) return ['elements is required'];
  const texts = elements.filter((element) => asShape(element)?.['type'] !== 'image');
  return [
    ...(elements.length > LIMITS.contextElements ? ['too many elements'] : []),
    ...texts.flatMap((text) => textFaults(text, LIMITS.sectionText)),
  ];
}

/** Selects, overflows and so on are taken as they are. */
function elementFaults(element: Shape): string[] {
  const id = longer(element['action_id'], LIMITS.id, 'action_id');
  if (typeof element['type'] !== 'string') return ['an element needs a type'];
  if (element['type'] !== 'button') return id;
  const style = element['style'];
  return [
    ...id,
    ...textFaults(element['text'], LIMITS.buttonText, ['plain_text']),
    ...longer(element['value'], LIMITS.buttonValue, 'value'),
    ...longer(element['url'], LIMITS.url, 'url'),
    ...(style === undefined || style === 'primary' || style === 'danger' ? [] : ['style']),
  ];
}

function textFaults(
  text: unknown,
  limit: number,
  types: readonly unknown[] = ['plain_text', 'mrkdwn'],
): string[] {
  const one = asShape(text);
  if (!one || !types.includes(one['type'])) return [`text must be of type ${types.join(' or ')}`];
  if (typeof one['text'] !== 'string' || one['text'] === '') return ['text must not be empty'];
  return longer(one['text'], limit, 'text');
}

function longer(value: unknown, limit: number, name: string): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') return [`${name} must be a string`];
  return value.length > limit ? [`${name} must be less than ${limit + 1} characters`] : [];
}

function asShape(value: unknown): Shape | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Shape)
    : undefined;
}
