import { historyShape, ticketShape } from '../gateway/api/shapes.schema.ts';
import { CommandError } from './command-line.ts';
import { demoLine, entryLine, summaryLines } from './demo-lines.ts';
import type { DemoStack } from './demo-stack.ts';
import { followTicket } from './demo-follow.ts';
import { connectGateway } from './gateway-client.ts';
import { countEvents } from './histories.ts';
import type { Scenario, TicketOutcome } from './scenarios.ts';
import { ticketPath } from './ticket.ts';

export interface Played {
  readonly ticket: TicketOutcome;
  readonly faults: readonly string[];
  readonly summary: readonly string[];
}

interface Spectator {
  readonly show: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Moves the scenario's ticket as its requester would, shows what comes of it, and judges the outcome. */
export async function playScenario(
  stack: DemoStack,
  scenario: Scenario,
  spectator: Spectator,
): Promise<Played> {
  const before = await stack.readEffects();
  const startedAt = Date.now();
  const following = new AbortController();
  const ended = follow(stack, scenario, {
    show: spectator.show,
    signal: following.signal,
    elapsed: () => Date.now() - startedAt,
  });
  const { key } = scenario;
  try {
    await stack.requester.moveToStart(key);
    const { start } = stack.configuration.config.tracker.statuses;
    spectator.show(demoLine(0, 'start', `requester moved ${key} to "${start}" in Jira`));
    await untilEnded(stack, scenario, { ended, signal: spectator.signal });
  } finally {
    following.abort();
  }
  return judge(stack, scenario, before);
}

interface Following extends Spectator {
  /** Milliseconds since the ticket was moved. */
  readonly elapsed: () => number;
}

/** Shows the ticket's story as it happens; resolves at its last line, rejects when its requester cannot answer. */
function follow(stack: DemoStack, scenario: Scenario, { show, signal, elapsed }: Following) {
  const { key, answersByEditing } = scenario;
  const startedAt = Date.now() - elapsed();
  let asked = false;
  return new Promise<void>((resolve, reject) => {
    const answer = async () => {
      await stack.requester.answer(key);
      show(demoLine(elapsed(), 'outside', `requester completed ${key} in Jira`));
    };
    void followTicket(gatewayOf(stack), {
      key,
      signal,
      onEntry: (entry) => {
        show(entryLine(entry, startedAt));
        if (entry.kind === 'ended') resolve();
      },
      onWaiting: (waiting) => {
        show(demoLine(elapsed(), 'waiting', waiting.sentence));
        if (!answersByEditing || asked || waiting.for !== 'answers') return;
        asked = true;
        answer().catch(reject);
      },
    });
  });
}

/** Resolves when the ticket has ended, or when its time is over: what is missing then is a fault. */
async function untilEnded(
  { broken }: DemoStack,
  { limitMs }: Scenario,
  { ended, signal }: { readonly ended: Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs);
  });
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(new CommandError('Interrupted.'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  const fell = broken.then((why) => {
    throw new CommandError(why);
  });
  try {
    await Promise.race([ended, late, interrupted, fell]);
  } finally {
    clearTimeout(timer);
  }
}

const gatewayOf = ({ url }: DemoStack) => connectGateway({ environment: {} }, { url });

async function judge(
  stack: DemoStack,
  scenario: Scenario,
  before: TicketOutcome['effects'],
): Promise<Played> {
  const gateway = gatewayOf(stack);
  const { key } = scenario;
  const shown = await gateway.get(ticketPath(key), ticketShape);
  const history = await gateway.get(`${ticketPath(key)}/history?limit=1`, historyShape);
  const { namespace } = stack.configuration.config.temporal;
  const ticket: TicketOutcome = {
    key,
    outcome: shown.outcome,
    stages: history.stages,
    packet: shown.packet,
    approvals: history.approvals.map(({ gate, by, contentHash, channel }) => ({
      gate,
      by,
      contentHash,
      channel,
    })),
    rollouts: history.rollouts.map(({ round, verdict, steps, ticks }) => ({
      round,
      verdict,
      steps,
      ticks,
    })),
    effects: newEffects(before, await stack.readEffects()),
    historyEvents: await countEvents({ address: stack.temporal, namespace }, key),
  };
  const waiting = shown.waiting === null ? [] : [shown.waiting.sentence];
  const faults = [...scenario.faults(ticket), ...(shown.outcome === null ? waiting : [])];
  return {
    ticket,
    faults,
    summary: summaryLines({ ticket, title: shown.title, faults, verdicts: history.rollouts }),
  };
}

/** What came about since, so that each ticket of several answers for its own. */
function newEffects(
  before: TicketOutcome['effects'],
  after: TicketOutcome['effects'],
): TicketOutcome['effects'] {
  const name = ({ system, kind, key }: TicketOutcome['effects'][number]) =>
    JSON.stringify([system, kind, key]);
  const counted = new Map(before.map((effect) => [name(effect), effect.count]));
  return after.flatMap((effect) => {
    const known = counted.get(name(effect)) ?? 0;
    return effect.count > known ? [effect] : [];
  });
}
