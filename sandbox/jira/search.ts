import { HttpError } from '../http-server.ts';
import { categoryOf } from './representation.ts';
import { PROJECT, STATUSES, type Issue } from './state.ts';

type Predicate = (issue: Issue) => boolean;

/**
 * The part of JQL that a tracker's adapter needs: comparisons joined by AND, and ORDER BY key,
 * created or updated. Anything else is refused with 400 in Jira's form, as Jira refuses what it
 * does not know; a query without a restriction too (the enhanced search's rule).
 */
export function searchIssues(issues: readonly Issue[], jql: string, now: number): Issue[] {
  const [where = '', order = ''] = jql.split(/\border\s+by\b/i);
  const clauses = where.split(/\band\b(?=(?:[^"]*"[^"]*")*[^"]*$)/i).map((text) => text.trim());
  if (clauses.every((text) => text === '')) {
    throw refused(
      'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.',
    );
  }
  const predicates = clauses.map((clause) => compile(clause, now));
  return issues.filter((issue) => predicates.every((holds) => holds(issue))).sort(byOrder(order));
}

const CLAUSE = /^(\w+)\s*(!=|>=|<=|=|>|<|not\s+in\b|in\b)\s*(.+)$/is;

function compile(clause: string, now: number): Predicate {
  const [, field = '', operator = '', operand = ''] = CLAUSE.exec(clause) ?? [];
  if (!field) throw refused(`Error in the JQL Query: '${clause}' could not be understood.`);
  const name = field.toLowerCase();
  if (name === 'updated' || name === 'created') {
    return compareTime(name, operator, instant(unquote(operand), now));
  }
  const wanted = values(operand);
  const read = READERS[name];
  if (!read) {
    throw refused(`Field '${field}' does not exist or you do not have permission to view it.`);
  }
  for (const value of wanted) check(name, value);
  const among: Predicate = (issue) =>
    read(issue).some((own) => wanted.some((value) => value.toLowerCase() === own.toLowerCase()));
  if (operator === '=' || /^in$/i.test(operator)) return among;
  if (operator === '!=' || /^not/i.test(operator)) return (issue) => !among(issue);
  throw refused(`The operator '${operator}' is not supported by the '${field}' field.`);
}

const READERS: Readonly<Record<string, (issue: Issue) => string[]>> = {
  project: () => [PROJECT.key, PROJECT.id, PROJECT.name],
  key: ({ key, id }) => [key, id],
  issuekey: ({ key, id }) => [key, id],
  id: ({ key, id }) => [key, id],
  status: ({ status }) => [status],
  statuscategory: ({ status }) => [categoryOf(status).name, categoryOf(status).key],
  labels: ({ labels }) => labels,
  component: ({ components }) => components,
  reporter: ({ reporter }) => [`acc-${reporter}`],
};

function check(field: string, value: string): void {
  const known = STATUSES.some((status) => status.toLowerCase() === value.toLowerCase());
  if (field === 'status' && !known) {
    throw refused(`The value '${value}' does not exist for the field 'status'.`);
  }
}

function values(operand: string): string[] {
  const list = /^\((.*)\)$/s.exec(operand.trim())?.[1] ?? operand;
  return [...list.matchAll(/"([^"]*)"|'([^']*)'|([^,\s][^,]*)/g)]
    .map(([, double, single, bare]) => double ?? single ?? bare?.trim() ?? '')
    .filter((value) => value !== '');
}

function unquote(text: string): string {
  return text.trim().replace(/^["'](.*)["']$/s, '$1');
}

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `-5m`, milliseconds since 1970, or `2026-11-20 10:05` (to the minute, in UTC). */
function instant(text: string, now: number): number {
  const relative = /^-(\d+)([mhdw])$/.exec(text);
  if (relative) return now - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0);
  if (/^\d{11,}$/.test(text)) return Number(text);
  const absolute = /^(\d{4})[-/](\d\d?)[-/](\d\d?)(?: (\d\d?):(\d\d))?$/.exec(text);
  if (!absolute) {
    throw refused(
      `Date value '${text}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
    );
  }
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = absolute.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour || 0, minute || 0);
}

function compareTime(field: 'updated' | 'created', operator: string, at: number): Predicate {
  switch (operator) {
    case '>=':
      return (issue) => issue[field] >= at;
    case '>':
      return (issue) => issue[field] > at;
    case '<=':
      return (issue) => issue[field] <= at;
    case '<':
      return (issue) => issue[field] < at;
    default:
      throw refused(`The operator '${operator}' is not supported by the '${field}' field.`);
  }
}

function byOrder(order: string): (a: Issue, b: Issue) => number {
  const [, field = 'key', direction = 'asc'] = /^\s*(\w+)(?:\s+(asc|desc))?/i.exec(order) ?? [];
  const name = field.toLowerCase();
  const sign = direction.toLowerCase() === 'desc' ? -1 : 1;
  const read = (issue: Issue) =>
    name === 'updated' || name === 'created' ? issue[name] : Number(issue.key.split('-')[1]);
  return (a, b) => sign * (read(a) - read(b));
}

function refused(message: string): HttpError {
  return new HttpError(400, { errorMessages: [message], errors: {} });
}
