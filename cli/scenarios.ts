/** What a scenario's ticket came to, as `demo --json` shows it. */
export interface TicketOutcome {
  readonly key: string;
  readonly outcome: string | null;
  readonly stages: readonly {
    readonly stage: string;
    readonly round: number;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly workingMs: number;
    readonly waitingMs: number;
  }[];
  readonly packet: { readonly version: number; readonly hash: string } | null;
  readonly approvals: readonly {
    readonly gate: string;
    readonly by: string;
    readonly contentHash: string;
    readonly channel: string;
  }[];
  readonly rollouts: readonly {
    readonly round: number;
    readonly verdict: string;
    readonly steps: number;
    readonly ticks: number;
  }[];
  readonly effects: readonly {
    readonly system: string;
    readonly kind: string;
    readonly key: string;
    readonly count: number;
  }[];
  readonly historyEvents: number;
}

export interface Scenario {
  readonly name: string;
  readonly key: string;
  /** What the spectator is about to see. */
  readonly about: string;
  /** When nothing has come of it by then, the demo ends and says what is waited for. */
  readonly limitMs: number;
  /** True: its requester completes the ticket's text when Baton asks. */
  readonly answersByEditing: boolean;
  /** What is not as it should have been, in sentences; none is success. */
  readonly faults: (ticket: TicketOutcome) => readonly string[];
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'happy',
    key: 'SHOP-1',
    about: 'a ticket travels from Jira to stable in production',
    limitMs: 300_000,
    answersByEditing: false,
    faults: (ticket) => [...stable(ticket), ...rolledOut(ticket, ['promoted'])],
  },
  {
    name: 'canary-rollback',
    key: 'SHOP-2',
    about:
      'a change passes every test, fails in the canary, is rolled back, and succeeds at the second attempt',
    limitMs: 480_000,
    answersByEditing: false,
    faults: (ticket) => [...stable(ticket), ...rolledOut(ticket, ['rolled-back', 'promoted'])],
  },
  {
    name: 'unclear-ticket',
    key: 'SHOP-4',
    about:
      'a ticket says too little: Baton asks before it touches anything, and goes on when it knows',
    limitMs: 300_000,
    answersByEditing: true,
    faults: (ticket) => [...stable(ticket), ...rolledOut(ticket, ['promoted'])],
  },
];

/** The scenarios a name stands for; `all` is all of them. Undefined when there is none of that name. */
export function findScenarios(name: string): readonly Scenario[] | undefined {
  if (name === 'all') return SCENARIOS;
  const found = SCENARIOS.filter((scenario) => scenario.name === name);
  return found.length === 0 ? undefined : found;
}

function stable(ticket: TicketOutcome): string[] {
  const faults: string[] = [];
  if (ticket.outcome !== 'stable') {
    faults.push(
      `${ticket.key} should have become stable, but is ${ticket.outcome ?? 'not at its end'}`,
    );
  }
  for (const gate of ['spec', 'review', 'release']) {
    if (!ticket.approvals.some((approval) => approval.gate === gate)) {
      faults.push(`nobody approved gate ${gate}`);
    }
  }
  for (const { system, key, count } of ticket.effects) {
    if (count !== 1) faults.push(`${system} ${key} came about ${count} times`);
  }
  return faults;
}

function rolledOut({ rollouts }: TicketOutcome, expected: readonly string[]): string[] {
  const verdicts = rollouts.map(({ verdict }) => verdict);
  if (verdicts.join() === expected.join()) return [];
  return [
    `the rollouts should have ended ${expected.join(', then ')}, but ended ${verdicts.join(', then ') || 'before they began'}`,
  ];
}
