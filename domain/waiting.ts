import { missingFor } from './gate.ts';
import type { TicketState, Waiting } from './ticket.ts';

/**
 * The one predicate behind gate, Slack text, Jira comment, CLI and page (invariant 5): `null` when
 * Baton itself is at work or the ticket has ended, else what only somebody outside can do.
 */
export function waitingFor(state: TicketState): Waiting | null {
  if (state.outcome !== null) return null;
  if (state.held !== null && state.held.by !== 'deadline') {
    const who = state.people;
    return waiting(
      'resume',
      state.held.since,
      state.held.reason,
      who,
      `Held by ${state.held.by}: ${state.held.reason}. Anybody of ${names(who)} can resume it`,
    );
  }
  const open = state.questions.filter((q) => q.answer === null);
  if (open.length > 0) {
    const what = open.map((q) => q.text).join(' ');
    return waiting(
      'answers',
      Math.min(...open.map((q) => q.askedAt)),
      what,
      [state.requester],
      `Waiting for ${open.length === 1 ? 'an answer' : `${open.length} answers`} from ${names([state.requester])}: ${what} Nothing is started until then`,
    );
  }
  return waitingAtGate(state) ?? waitingForSystem(state);
}

function waitingAtGate(state: TicketState): Waiting | null {
  const { gate, held } = state;
  if (gate === null) return null;
  const missing = missingFor(gate);
  const people = missing.find((m) => m.kind === 'approvals');
  const pending = missing.find((m) => m.kind === 'pending');
  if (people === undefined && pending === undefined) return null;
  const parts = [
    ...(pending === undefined ? [] : [pending.checks.join(' and ')]),
    ...(people === undefined
      ? []
      : [
          `${people.count === 1 ? '1 approval' : `${people.count} approvals`} by ${names(people.who)}`,
        ]),
  ];
  const because = `the ${gate.gate} gate of a tier ${state.tier} ticket needs it`;
  const lead =
    held === null ? 'Waiting for' : `Held, not approved: ${held.reason}. Still waiting for`;
  const who = [...(people?.who ?? []), ...(people === undefined ? ['ci'] : [])];
  return waiting(
    people === undefined ? 'ci' : `gate:${gate.gate}`,
    gate.openedAt,
    because,
    who,
    `${lead} ${parts.join(' and for ')}, because ${because}`,
  );
}

function waitingForSystem(state: TicketState): Waiting | null {
  const first = state.waits[0];
  if (first === undefined) return null;
  return waiting(
    first.for,
    first.since,
    first.because,
    first.who,
    `Waiting for ${first.for}, because ${first.because}. ${names(first.who)} can unblock it`,
  );
}

function waiting(
  what: string,
  since: number,
  because: string,
  who: readonly string[],
  text: string,
): Waiting {
  return { for: what, since, because, who, sentence: `${text} (since ${clock(since)}).` };
}

/** `2026-11-20 10:02 UTC`: the same words on every surface, wherever its reader sits. */
function clock(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function names(who: readonly string[]): string {
  if (who.length === 0) return 'nobody who may decide (add people to the configuration)';
  if (who.length === 1) return who[0] ?? '';
  return `${who.slice(0, -1).join(', ')} or ${who.at(-1) ?? ''}`;
}
