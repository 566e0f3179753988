import { describe, expect, test } from '@jest/globals';
import { decide } from './decide.ts';
import type { Decision } from './decision.schema.ts';
import { apply, gateStands } from './apply.ts';
import type { TicketEvent, TicketState } from './ticket.ts';
import {
  entered,
  HASH,
  opened,
  OTHER_HASH,
  sealed,
  START,
  taken,
  ticketAfter,
} from '../test/fixtures/tickets.ts';

const at = START + 60_000;
const by = (person: string, decision: Partial<Decision> = {}): Decision =>
  ({
    kind: 'approve',
    gate: 'spec',
    id: `slack/${person}`,
    by: person,
    channel: 'slack',
    ...decision,
  }) as Decision;

/** What the person is told, and the state afterwards. */
function after(
  state: TicketState,
  decision: Decision,
): { counts: boolean; sentence: string; state: TicketState } {
  const verdict = decide(state, decision, at);
  const events: readonly TicketEvent[] = verdict.counts ? verdict.events : [];
  return { ...verdict, state: events.reduce(apply, state) };
}

const atSpec = ticketAfter(taken, sealed, opened('spec'));

describe('an approval', () => {
  test('by somebody else opens the gate, and names the content it covers', () => {
    const { counts, state } = after(atSpec, by('reviewer', { subject: HASH }));
    expect(counts).toBe(true);
    expect(gateStands(state)).toBe(true);
    expect(state.approvals).toEqual([
      {
        gate: 'spec',
        by: 'reviewer',
        contentHash: HASH,
        channel: 'slack',
        at: new Date(at).toISOString(),
      },
    ]);
  });

  test.each([
    [
      'the requester',
      atSpec,
      by('requester'),
      'requester asked for this ticket, and no one approves their own work. developer, reviewer, approver or operator may.',
    ],
    [
      'somebody who is not in the configuration',
      atSpec,
      by('stranger'),
      'stranger may not decide: only requester, developer, reviewer, approver or operator may (people in the configuration).',
    ],
    [
      'an author of the change',
      ticketAfter(
        taken,
        sealed,
        { type: 'changed', changes: [], authors: ['developer'] },
        opened('review'),
      ),
      by('developer', { gate: 'review' }),
      'developer wrote part of this change, and no one approves their own work. reviewer, approver or operator may.',
    ],
  ])('of %s is refused with who may', (_who, state, decision, sentence) => {
    expect(decide(state, decision, at)).toEqual({ counts: false, sentence });
  });

  test('of other content than the gate is about is refused, on either side', () => {
    const refused = decide(atSpec, by('reviewer', { subject: OTHER_HASH }), at);
    expect(refused).toEqual({
      counts: false,
      sentence:
        'What you saw (bbbbbbbb) is no longer what is to be decided (aaaaaaaa): look at it again and decide on that.',
    });
  });

  test('twice by the same person counts once', () => {
    const two = ticketAfter(taken, sealed, opened('spec', 2));
    const first = after(two, by('reviewer')).state;
    expect(decide(first, by('reviewer', { id: 'slack/again' }), at)).toMatchObject({
      counts: false,
      sentence: 'reviewer has approved the spec gate of SHOP-1 already; it counts once.',
    });
    expect(gateStands(first)).toBe(false);
    expect(gateStands(after(first, by('approver')).state)).toBe(true);
  });

  test('of a gate that is passed says who passed it', () => {
    const { state } = after(atSpec, by('reviewer'));
    const passed = apply(apply(state, { type: 'gatePassed', at }), {
      type: 'stageEntered',
      stage: 'code',
      at,
    });
    expect(decide(passed, by('approver'), at)).toMatchObject({
      counts: false,
      sentence:
        'The spec gate of SHOP-1 is behind it (approved by reviewer): this decision changes nothing.',
    });
  });

  test('that comes before the gate opens is kept with the content it saw', () => {
    const early = after(ticketAfter(taken, sealed), by('reviewer', { subject: HASH }));
    expect(early.counts).toBe(true);
    expect(early.state.buffered).toHaveLength(1);
    expect(early.state.approvals).toEqual([]);
  });

  test('that comes early and names no content is refused: nobody could say what it was about', () => {
    const refused = decide(
      ticketAfter(taken, sealed, opened('spec')),
      by('reviewer', { gate: 'release' }),
      at,
    );
    expect(refused.counts).toBe(false);
    expect(refused.sentence).toMatch(
      /^The release gate of SHOP-1 is not open\. Waiting for 1 approval by developer, reviewer, approver or operator/,
    );
  });
});

test('a rejection closes the gate and keeps its reason', () => {
  const { state } = after(atSpec, by('reviewer', { kind: 'reject', reason: 'too vague' }));
  expect(state.gate).toBeNull();
  expect(state.rejection).toEqual({ gate: 'spec', by: 'reviewer', reason: 'too vague' });
});

test('a held ticket opens no gate until it is resumed', () => {
  const held = after(atSpec, by('operator', { kind: 'hold', reason: 'peak' })).state;
  const approved = after(held, by('reviewer')).state;
  expect(gateStands(approved)).toBe(false);
  expect(gateStands(after(approved, by('operator', { kind: 'resume' })).state)).toBe(true);
});

test('a decision after a deadline still counts: the ticket was held, not approved and not lost', () => {
  const late = ticketAfter(taken, sealed, opened('spec'), {
    type: 'held',
    by: 'deadline',
    reason: 'nobody decided',
  });
  expect(gateStands(late)).toBe(false);
  expect(gateStands(after(late, by('reviewer')).state)).toBe(true);
});

test.each([
  ['resume of what is not held', by('operator', { kind: 'resume' }), /^SHOP-1 is not held\./],
  [
    'a rollback before anything runs in production',
    by('operator', { kind: 'rollback' }),
    /^There is nothing to roll back: SHOP-1 is in spec/,
  ],
  [
    'an answer to a question nobody asked',
    by('operator', { kind: 'answer', question: 'goal', value: 'x' }),
    /^SHOP-1 has no question goal\.$/,
  ],
])('%s is refused with a sentence', (_what, decision, sentence) => {
  const verdict = decide(atSpec, decision, at);
  expect(verdict.counts).toBe(false);
  expect(verdict.sentence).toMatch(sentence);
});

test('an answer counts once', () => {
  const asked = ticketAfter(taken, {
    type: 'asked',
    questions: [{ id: 'goal', text: 'What for?' }],
  });
  const answer = by('requester', {
    kind: 'answer',
    question: 'goal',
    value: 'less waste',
  });
  const { state } = after(asked, answer);
  expect(state.questions[0]?.answer).toMatchObject({ value: 'less waste', by: 'requester' });
  expect(decide(state, answer, at)).toMatchObject({
    counts: false,
    sentence: 'Question goal was answered already, by requester.',
  });
});

test('nothing can be decided about a ticket that has ended', () => {
  const done = ticketAfter(taken, sealed, entered('monitoring'), {
    type: 'ended',
    outcome: 'stable',
  });
  expect(decide(done, by('operator', { kind: 'cancel' }), at)).toEqual({
    counts: false,
    sentence: 'SHOP-1 has ended (stable): nothing can be decided any more.',
  });
});
