/** A text as Jira keeps it: version 2 of its API reads and writes `text`, version 3 the document. */
export interface RichText {
  readonly text: string;
  /** The Atlassian document it was written as; without it one is made from the text. */
  readonly document?: DocumentNode;
}

export interface DocumentNode {
  readonly type: string;
  readonly version?: number;
  readonly text?: string;
  readonly content?: readonly DocumentNode[];
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly marks?: readonly unknown[];
}

const BLOCKS = new Set(['paragraph', 'heading', 'codeBlock', 'blockquote', 'rule', 'panel']);

/** Undefined when the value is not what this version of the API takes as a text. */
export function readText(value: unknown, version: string): RichText | undefined {
  if (version === '2') return typeof value === 'string' ? { text: value } : undefined;
  if (!isNode(value) || value.type !== 'doc' || value.version !== 1 || !value.content) {
    return undefined;
  }
  return { text: plain(value).trim(), document: value };
}

export function writeText(rich: RichText | null, version: string): string | DocumentNode | null {
  if (!rich) return null;
  return version === '2' ? rich.text : (rich.document ?? toDocument(rich.text));
}

/** One paragraph for each block of lines; a line's end inside becomes a hard break. */
function toDocument(text: string): DocumentNode {
  const blocks = text.split(/\n{2,}/).filter((block) => block.trim() !== '');
  return { type: 'doc', version: 1, content: blocks.map(paragraph) };
}

function paragraph(block: string): DocumentNode {
  const content = block
    .split('\n')
    .flatMap<DocumentNode>((line, index) => [
      ...(index > 0 ? [{ type: 'hardBreak' }] : []),
      ...(line === '' ? [] : [{ type: 'text', text: line }]),
    ]);
  return { type: 'paragraph', content };
}

function plain(node: DocumentNode): string {
  if (node.text !== undefined) return node.text;
  if (node.type === 'hardBreak') return '\n';
  const inner = (node.content ?? []).map(plain).join('');
  if (node.type === 'listItem') return `* ${inner.trim()}\n`;
  if (node.type === 'mention' || node.type === 'inlineCard') return attribute(node, 'text', 'url');
  return BLOCKS.has(node.type) ? `${inner}\n\n` : inner;
}

function attribute(node: DocumentNode, ...names: readonly string[]): string {
  for (const name of names) {
    const value = node.attrs?.[name];
    if (typeof value === 'string') return value;
  }
  return '';
}

function isNode(value: unknown): value is DocumentNode {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (typeof value.type !== 'string') return false;
  if ('text' in value && typeof value.text !== 'string') return false;
  const content = 'content' in value ? value.content : [];
  return Array.isArray(content) && content.every(isNode);
}
