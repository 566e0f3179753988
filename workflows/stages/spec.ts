import { condition } from '@temporalio/workflow';
import type { IntakeResult } from '../../activities/intake.ts';
import { passGate } from '../gates.ts';
import { enter } from '../hand-over.ts';
import { outside, reads } from '../proxies.ts';
import type { Ticket } from '../ticket-entity.ts';

/** Intake, what is missing, and the approval of the spec. Nothing is started until all of it is there. */
export async function specStage(ticket: Ticket): Promise<void> {
  if (ticket.startedBy === 'cli') {
    await outside.moveTicket({
      key: ticket.key,
      status: 'start',
      marker: `${ticket.key}/start/${ticket.state.round}`,
    });
  }
  for (;;) {
    await takeIn(ticket);
    await ticket.goAhead();
    await tellStarted(ticket);
    // An edit while people look at it is another spec: it is read anew, and nobody approves the old one.
    const edited = (): boolean => ticket.hasFact('ticket-edited');
    const outcome = await passGate(ticket, { gate: 'spec', hasNews: edited, isLost: edited });
    if (outcome === 'passed') break;
    if (outcome === 'lost') continue;
    const because = ticket.state.rejection?.reason ?? 'it was rejected';
    await ask(ticket, [
      {
        id: 'spec',
        text: `The spec was rejected (${because}). What is to change? Edit the ticket.`,
      },
    ]);
  }
  enter(ticket, 'spec', 'code');
}

/** Reads the ticket until nothing is missing any more. */
async function takeIn(ticket: Ticket): Promise<void> {
  for (;;) {
    ticket.takeFacts('ticket-edited');
    const { packet: previous, answers } = ticket.state;
    const found = await reads.intake({
      key: ticket.key,
      version: (previous?.version ?? 0) + 1,
      previous: previous?.hash ?? null,
      at: Date.now(),
      answers,
    });
    noteIntake(ticket, found);
    if (found.packet !== null) return;
    await ask(ticket, found.missing);
  }
}

function noteIntake(ticket: Ticket, { packet, missing: _, ...facts }: IntakeResult): void {
  ticket.record(
    { type: 'intake', ...facts },
    {
      kind: 'note',
      text: `Read the ticket: tier ${facts.tier}, ${facts.services.map((s) => s.name).join(', ') || 'no service named'}`,
    },
  );
  if (packet === null) return;
  ticket.record({ type: 'questionsSettled' });
  ticket.record(
    { type: 'sealed', packet },
    {
      kind: 'note',
      text: `Packet v${packet.version} sealed: ${packet.hash.slice(7, 15)}`,
      data: { packet: packet.hash },
    },
  );
}

/** One comment and one message that name everything missing; then waits for an edit of the ticket or for every answer. */
async function ask(ticket: Ticket, missing: IntakeResult['missing']): Promise<void> {
  const known = ticket.state.questions.filter((q) => q.answer === null).map((q) => q.id);
  const what = missing.map((m) => m.id).join(', ');
  const names = missing
    .map((m) => m.id)
    .sort()
    .join('+');
  const marker = `${ticket.key}/missing/${ticket.state.packet?.version ?? 0}/${names}`;
  ticket.record(
    { type: 'asked', questions: missing },
    { kind: 'waiting', text: `Missing before anything starts: ${what}` },
  );
  if (missing.some((m) => !known.includes(m.id)) || known.length === 0) {
    const notice = { kind: 'missing' as const };
    const [message] = await Promise.all([
      outside.postMessage({ marker, notice, ticket: ticket.row, thread: ticket.carried.thread }),
      outside.commentOnTicket({ marker, notice, ticket: ticket.row }),
    ]);
    ticket.carried = { ...ticket.carried, thread: ticket.carried.thread ?? message };
  }
  const answered = (): boolean =>
    ticket.hasFact('ticket-edited') || ticket.state.questions.every((q) => q.answer !== null);
  const deadline = ticket.state.policy?.deadlines.answers ?? 86_400_000;
  while (!(await condition(answered, deadline))) {
    ticket.record(
      { type: 'held', by: 'deadline', reason: `nobody answered in time (${what})` },
      { kind: 'waiting', text: `No answer in time: ${what}. Nothing is assumed` },
    );
    await outside.postMessage({
      marker: `${marker}/late/${ticket.state.revision}`,
      notice: { kind: 'missing' },
      ticket: ticket.row,
      thread: ticket.carried.thread,
    });
  }
}

async function tellStarted(ticket: Ticket): Promise<void> {
  const marker = `${ticket.key}/started/${ticket.state.round}`;
  const notice = { kind: 'started' as const };
  const [message] = await Promise.all([
    outside.postMessage({ marker, notice, ticket: ticket.row, thread: ticket.carried.thread }),
    outside.commentOnTicket({ marker, notice, ticket: ticket.row }),
  ]);
  ticket.carried = { ...ticket.carried, thread: ticket.carried.thread ?? message };
}
