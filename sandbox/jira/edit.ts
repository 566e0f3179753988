import { announceUpdate } from './announce.ts';
import { MAX_TEXT } from './comment-routes.ts';
import { digest, failed, record, type JiraCall, type JiraContext } from './context.ts';
import { readText, type RichText } from './document.ts';
import type { ChangeItem, Issue } from './state.ts';

/** Applies `fields` and `update` of an edit; what does not change anything is no effect. */
export function editIssue(context: JiraContext, issue: Issue, call: JiraCall): void {
  const { fields, update } = record(call.json());
  const wanted = { ...fromOperations(issue, record(update)), ...record(fields) };
  const items = Object.entries(wanted).flatMap(([field, value]) =>
    change(issue, field, value, call.view.version),
  );
  for (const item of items) {
    context.ledger.effect('edit', `${issue.key}/${item.field}/${digest(item.toString ?? '')}`);
  }
  if (items.length > 0) announceUpdate(context, issue, call.person.id, items);
}

function change(issue: Issue, field: string, value: unknown, version: string): ChangeItem[] {
  switch (field) {
    case 'summary': {
      if (typeof value !== 'string' || value.trim() === '') {
        throw failed(400, [], { summary: 'You must specify a summary of the issue.' });
      }
      const before = issue.summary;
      issue.summary = value;
      return changed(field, before, value);
    }
    case 'description': {
      const before = issue.description?.text ?? null;
      issue.description = readTextField(value, version);
      return changed(field, before, issue.description?.text ?? null);
    }
    case 'labels':
    case 'components': {
      const before = issue[field].join(' ');
      issue[field] = readNames(value);
      return changed(field === 'labels' ? field : 'Component', before, issue[field].join(' '));
    }
    default:
      throw failed(400, [], {
        [field]: `Field '${field}' cannot be set. It is not on the appropriate screen, or unknown.`,
      });
  }
}

function changed(field: string, from: string | null, to: string | null): ChangeItem[] {
  if (from === to) return [];
  const fieldId = field === 'Component' ? 'components' : field;
  return [{ field, fieldId, from: null, fromString: from, to: null, toString: to }];
}

/** `update: { labels: [{ add }, { remove }, { set }] }` and the same for components. */
function fromOperations(issue: Issue, update: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [field, operations] of Object.entries(update)) {
    let value: unknown = field === 'labels' || field === 'components' ? issue[field] : undefined;
    for (const operation of Array.isArray(operations) ? operations.map(record) : []) {
      if ('set' in operation) value = operation['set'];
      const list = readNames(value);
      if ('add' in operation) value = [...new Set([...list, ...readNames([operation['add']])])];
      if ('remove' in operation) {
        const gone = readNames([operation['remove']]);
        value = list.filter((name) => !gone.includes(name));
      }
    }
    result[field] = value;
  }
  return result;
}

export function readTextField(value: unknown, version: string): RichText | null {
  if (value === null || value === undefined || value === '') return null;
  const text = readText(value, version);
  if (!text) {
    const message = version === '2' ? 'Operation value must be a string' : NOT_A_DOCUMENT;
    throw failed(400, [], { description: message });
  }
  if (text.text.length > MAX_TEXT) {
    const message =
      'The entered text is too long. It exceeds the allowed limit of 32,767 characters.';
    throw failed(400, [], { description: message });
  }
  return text;
}

const NOT_A_DOCUMENT =
  'Operation value must be an Atlassian Document (see the Atlassian Document Format)';

/** Labels are strings, components `{ name }`. */
export function readNames(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const name: unknown = typeof entry === 'string' ? entry : record(entry)['name'];
    return typeof name === 'string' ? [name] : [];
  });
}
