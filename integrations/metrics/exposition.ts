export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and the infinities are values of the format. */
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const LINE = new RegExp(
  `^(${NAME})(?:\\{((?:${LABEL}(?:,|(?=\\})))*)\\})?[ \\t]+(\\S+)(?:[ \\t]+-?\\d+)?$`,
);
const PAIR = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/g;

/**
 * Every sample of a text in Prometheus' exposition format 0.0.4.
 *
 * @returns `null` when one line is neither a sample nor a comment: the text was cut, or is none
 */
export function parseExposition(text: string): readonly Sample[] | null {
  const samples: Sample[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const sample = toSample(line);
    if (sample === null) return null;
    samples.push(sample);
  }
  return samples;
}

function toSample(line: string): Sample | null {
  const [, name, pairs = '', text = ''] = LINE.exec(line) ?? [];
  if (name === undefined) return null;
  const labels = [...pairs.matchAll(PAIR)].map(([, label = '', value = '']) => [
    label,
    unescape(value),
  ]);
  const value = toNumber(text);
  return value === null
    ? null
    : { name, labels: Object.fromEntries(labels) as Sample['labels'], value };
}

/** Go's way of writing a number: also `NaN`, `+Inf` and `-Inf`. */
function toNumber(text: string): number | null {
  if (text === 'NaN') return NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

function unescape(value: string): string {
  return value.replace(/\\([\\"n])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
}
