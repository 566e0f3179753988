import { AstBuilder, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { IdGenerator, StepKeywordType, type FeatureChild, type Scenario } from '@cucumber/messages';
import type { Criterion } from '../domain/packet.schema.ts';

export interface TicketText {
  readonly goal: string | null;
  readonly user: string | null;
  readonly why: string | null;
  readonly criteria: readonly Criterion[];
  /** What is missing or cannot be read, each with the name by which it can be answered. */
  readonly missing: readonly { readonly id: string; readonly text: string }[];
}

const QUESTIONS = {
  goal: 'What is to be different afterwards? (a line that begins with "Goal:")',
  user: 'Who is it for? (a line that begins with "User:")',
  why: 'Why is it wanted? (a line that begins with "Why:")',
} as const;

/**
 * Reads a ticket's description: `Goal:`, `User:` and `Why:` lines, and acceptance criteria in Gherkin
 * after a line `Acceptance criteria:`, each a scenario whose title begins with its id (`AC-1 …`).
 *
 * @param answers - what people answered for a missing part; it stands in for that part
 */
export function readTicketText(
  description: string,
  answers: Readonly<Record<string, string>> = {},
): TicketText {
  const [head = '', ...rest] = description.split(/^[ \t*]*Acceptance criteria[ \t*]*:?[ \t*]*$/im);
  const field = (name: keyof typeof QUESTIONS): string | null =>
    lineOf(head, name) ?? answers[name] ?? null;
  const goal = field('goal');
  const user = field('user');
  const why = field('why');
  const { criteria, fault } = readCriteria(answers.criteria ?? rest.join('\n'));
  const missing = [
    ...(goal === null ? [{ id: 'goal', text: QUESTIONS.goal }] : []),
    ...(user === null ? [{ id: 'user', text: QUESTIONS.user }] : []),
    ...(why === null ? [{ id: 'why', text: QUESTIONS.why }] : []),
    ...(fault === null ? [] : [{ id: 'criteria', text: fault }]),
  ];
  return { goal, user, why, criteria, missing };
}

function lineOf(head: string, name: string): string | null {
  const match = new RegExp(`^[ \\t*]*${name}[ \\t*]*:[ \\t*]*(\\S.*)$`, 'im').exec(head);
  return match?.[1]?.trim() ?? null;
}

const EXAMPLE =
  'Scenario: AC-1 title, then Given, When and Then, each on a line of its own, after a line "Acceptance criteria:"';

function readCriteria(text: string): {
  readonly criteria: Criterion[];
  readonly fault: string | null;
} {
  if (text.trim() === '')
    return { criteria: [], fault: `How will anybody see that it works? (${EXAMPLE})` };
  try {
    const parser = new Parser(
      new AstBuilder(IdGenerator.incrementing()),
      new GherkinClassicTokenMatcher(),
    );
    const { feature } = parser.parse(`Feature: criteria\n${text}\n`);
    const children = (feature?.children ?? []).flatMap(withRules);
    const read = children.flatMap(({ scenario }) => (scenario ? [criterionOf(scenario)] : []));
    const faults = children.some((child) => child.background)
      ? ['a Background is not read: write its steps in each scenario']
      : [];
    faults.push(...read.flatMap((r) => (typeof r === 'string' ? [r] : [])));
    const criteria = read.flatMap((r) => (typeof r === 'string' ? [] : [r]));
    const twice = criteria.map((c) => c.id).filter((id, i, all) => all.indexOf(id) !== i);
    if (twice.length > 0) faults.push(`${[...new Set(twice)].join(', ')} stands there twice`);
    if (criteria.length === 0 && faults.length === 0) faults.push(EXAMPLE);
    return {
      criteria,
      fault:
        faults.length === 0
          ? null
          : `The acceptance criteria cannot be used yet: ${faults.join('; ')}`,
    };
  } catch (error) {
    // Gherkin's own message names lines of a text that begins one line before the ticket's.
    const what = error instanceof Error ? error.message.split('\n').slice(1, 3).join('; ') : '';
    return {
      criteria: [],
      fault: `The acceptance criteria cannot be read as Gherkin (${what.slice(0, 300)}). Write ${EXAMPLE}`,
    };
  }
}

/** A Rule only groups scenarios. */
function withRules(child: FeatureChild): Pick<FeatureChild, 'scenario' | 'background'>[] {
  return child.rule === undefined ? [child] : [...child.rule.children];
}

/** The criterion, or why it cannot be used: nothing somebody wrote into one is left out silently. */
function criterionOf({ name, steps, examples }: Scenario): Criterion | string {
  const match = /^(AC-[1-9][0-9]*)[:\s]+(\S.*)$/.exec(name.trim());
  if (match?.[1] === undefined || match[2] === undefined)
    return `the scenario "${name}" has no id: begin its title with AC-1, AC-2, …`;
  if (examples.length > 0) return `${match[1]} has Examples: write a scenario for each of them`;
  if (steps.some((step) => step.dataTable ?? step.docString))
    return `${match[1]} has a table or a quoted text below a step: write it into the step`;
  const parts = { given: [] as string[], when: [] as string[], then: [] as string[] };
  let current: keyof typeof parts | null = null;
  for (const step of steps) {
    current = KEYWORDS[step.keywordType ?? StepKeywordType.UNKNOWN] ?? current;
    if (current === null) return `${match[1]} does not begin with Given, When or Then`;
    parts[current].push(step.text);
  }
  const absent = (['given', 'when', 'then'] as const).filter((part) => parts[part].length === 0);
  if (absent.length > 0)
    return `${match[1]} has no ${absent.map((part) => WRITTEN[part]).join(' and no ')}`;
  return { id: match[1], title: match[2].trim(), ...parts };
}

const WRITTEN = { given: 'Given', when: 'When', then: 'Then' } as const;

const KEYWORDS: Partial<Record<StepKeywordType, 'given' | 'when' | 'then'>> = {
  [StepKeywordType.CONTEXT]: 'given',
  [StepKeywordType.ACTION]: 'when',
  [StepKeywordType.OUTCOME]: 'then',
};
