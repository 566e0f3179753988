import { historyShape, ticketShape } from '../gateway/api/shapes.schema.ts';
import { CommandError } from './command-line.ts';
import { demoLine, entryLine, summaryLines } from './demo-lines.ts';
import type { DemoStack } from './demo-stack.ts';
import { followEvents } from './event-stream.ts';
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
  const { key } = scenario;
  const following = new AbortController();
  const ended = new Promise<'ended'>((resolve) => {
    void followEvents(stack.url, {
      ticket: key,
      signal: following.signal,
      onEntry: (entry) => {
        spectator.show(entryLine(entry, startedAt));
        if (entry.kind === 'ended') resolve('ended');
      },
    });
  });
  const stopAnswering = scenario.answersByEditing
    ? answerWhenAsked(stack, scenario, spectator)
    : undefined;
  try {
    await stack.requester.moveToStart(key);
    spectator.show(
      demoLine(0, 'start', `requester moved ${key} to "${startStatus(stack)}" in Jira`),
    );
    await untilEnded(stack, scenario, { ended, signal: spectator.signal });
  } finally {
    following.abort();
    stopAnswering?.();
  }
  return judge(stack, scenario, before);
}

const startStatus = (stack: DemoStack): string => stack.configuration.config.tracker.statuses.start;

/** Resolves when the ticket has ended, or when its time is over: what is missing then is a fault. */
async function untilEnded(
  { broken }: DemoStack,
  { limitMs }: Scenario,
  { ended, signal }: { readonly ended: Promise<'ended'>; readonly signal: AbortSignal },
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

/** The requester of an unclear ticket completes it once, when Baton has asked. Answers how to stop. */
function answerWhenAsked(stack: DemoStack, { key }: Scenario, { show }: Spectator): () => void {
  const gateway = gatewayOf(stack);
  const timer = setInterval(() => {
    void (async () => {
      const { waiting } = await gateway.get(ticketPath(key), ticketShape);
      if (waiting?.for !== 'answers') return;
      clearInterval(timer);
      show(`          waiting   ${waiting.sentence}`);
      await stack.requester.edit(key);
      show(`          outside   requester completed ${key} in Jira`);
    })().catch(() => undefined); // not started yet; asked again in a moment
  }, 500);
  return () => clearInterval(timer);
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
  const verdicts = history.rollouts.map(({ sentence }) => sentence);
  return {
    ticket,
    faults,
    summary: summaryLines({ ticket, title: shown.title, faults, verdicts }),
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
