import type { Card, CardAction, CardPart } from './card.ts';
import type { Change, Criterion, Evidence, Packet } from './packet.schema.ts';
import type { DecidedGate, Stage } from './stages.ts';
import type { RolloutSummary, StageInterval, TicketRow } from './ticket.ts';

/** Something people are told. One notice, rendered the same in Slack, Jira and on GitHub. */
export type Notice =
  | { readonly kind: 'started' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'gate'; readonly gate: DecidedGate }
  | { readonly kind: 'gate-closed'; readonly gate: DecidedGate; readonly how: string }
  | { readonly kind: 'released' }
  | {
      readonly kind: 'handed-back';
      readonly from: Stage;
      readonly reason: string;
      readonly evidence: readonly Evidence[];
    }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'inconclusive'; readonly because: string; readonly deadlineMs: number }
  | { readonly kind: 'done'; readonly intervals: readonly StageInterval[] }
  | { readonly kind: 'cancelled'; readonly undone: readonly string[] };

/**
 * Renders a notice about a ticket. `packet` is the newest one, `null` before the first was sealed.
 * The waiting sentence in it is the ticket row's own: every surface says the same (invariant 5).
 */
export function cardOf(notice: Notice, ticket: TicketRow, packet: Packet | null): Card {
  switch (notice.kind) {
    case 'started':
      return startedCard(ticket, packet);
    case 'missing':
      return missingCard(ticket);
    case 'gate':
      return gateCard(notice.gate, ticket, packet);
    case 'gate-closed':
      return card(`${ticket.key}: ${notice.how}`, gateParts(notice.gate, ticket, packet));
    case 'released':
      return releasedCard(ticket, packet);
    case 'handed-back':
      return handedBackCard(notice, ticket);
    case 'held':
      return card(`${ticket.key} is held`, [text(notice.reason)], {
        actions: [
          button('resume', 'Resume', 'primary', ticket),
          button('cancel', 'Cancel ticket', 'danger', ticket),
        ],
        footer: ticket.waiting?.sentence ?? null,
      });
    case 'inconclusive':
      return card(
        `${ticket.key}: the canary says nothing either way`,
        [
          text(notice.because),
          text(
            `The weight stays as it is. Without a decision within ${seconds(notice.deadlineMs)} it is rolled back, never promoted.`,
          ),
        ],
        {
          actions: [button('rollback', 'Roll back', 'danger', ticket)],
          footer: ticket.waiting?.sentence ?? null,
        },
      );
    case 'done':
      return doneCard(notice.intervals, ticket, packet);
    case 'cancelled':
      return card(`${ticket.key} is cancelled`, [
        notice.undone.length === 0 ? text('It had left nothing outside.') : list(notice.undone),
      ]);
    default:
      notice satisfies never;
      return card(ticket.key, []);
  }
}

function startedCard(ticket: TicketRow, packet: Packet | null): Card {
  const parts: CardPart[] = [
    text(
      `Tier ${ticket.tier}${packet === null ? '' : ` (${packet.tier.reasons.join(', ')})`} · stage spec · ${ticket.services.map((s) => s.name).join(', ')}`,
    ),
    quote(ticket.title),
    ...(packet === null
      ? []
      : [
          text(`Read: the description. ${packet.criteria.length} acceptance criteria:`),
          list(packet.criteria.map(criterionLine)),
        ]),
    text('Nothing has been changed in any repository.'),
  ];
  return card(`Started ${ticket.key}`, parts, { footer: packetLine(ticket) });
}

function missingCard(ticket: TicketRow): Card {
  const open = ticket.questions.filter((q) => q.answer === null);
  return card(
    `${ticket.key} needs ${open.length === 1 ? '1 thing' : `${open.length} things`} before anything starts`,
    [
      list(open.map((q) => `${q.id}: ${q.text}`)),
      text(
        `Add it to the ticket's description, or answer with: baton answer ${ticket.key} --question NAME --value TEXT. No branch, no agent run, nothing else happens until then.`,
      ),
    ],
    { footer: ticket.waiting?.sentence ?? null },
  );
}

const GATE_TITLES = {
  spec: (key: string) => `${key}: approve the spec?`,
  review: (key: string) => `${key} is ready for review`,
  release: (key: string) => `Release ${key} to production?`,
} as const;

function gateCard(gate: DecidedGate, ticket: TicketRow, packet: Packet | null): Card {
  const subject = ticket.openGate?.subject ?? null;
  return card(GATE_TITLES[gate](ticket.key), gateParts(gate, ticket, packet), {
    actions: [
      {
        ...button('approve', `Approve ${gate}`, 'primary', ticket),
        about: { key: ticket.key, gate, subject },
      },
      {
        ...button('reject', 'Reject with reason', 'danger', ticket),
        about: { key: ticket.key, gate, subject },
      },
      button('hold', 'Hold', 'plain', ticket),
    ],
    footer: `${ticket.waiting?.sentence ?? ''} An approval covers exactly this content${subject === null ? '' : ` (${short(subject)})`}; no decision in time means held, never approved.`,
  });
}

function gateParts(gate: DecidedGate, ticket: TicketRow, packet: Packet | null): CardPart[] {
  if (packet === null) return [quote(ticket.title)];
  switch (gate) {
    case 'spec':
      return [...intentParts(packet), list(packet.criteria.map(criterionLine))];
    case 'review':
      return reviewParts(packet);
    case 'release':
      return releaseParts(packet);
    default:
      gate satisfies never;
      return [];
  }
}

function intentParts(packet: Packet): CardPart[] {
  return [quote(packet.intent.goal), text('Why:'), quote(packet.intent.why)];
}

function reviewParts(packet: Packet): CardPart[] {
  const changes = packet.changes.filter((c) =>
    packet.services.some((s) => s.repository === c.repository),
  );
  return [
    ...intentParts(packet),
    list(changes.map(changeLine)),
    ...changes.map((c): CardPart => ({
      kind: 'link',
      label: `${c.repository}#${c.pullRequest.number}`,
      url: c.pullRequest.url,
    })),
    list(changes.flatMap((c) => c.evidence).map(evidenceLine)),
    text(
      packet.assumptions.length === 0
        ? 'Assumptions: none.'
        : `Assumptions: ${packet.assumptions.length}`,
    ),
  ];
}

function releaseParts(packet: Packet): CardPart[] {
  const proof = packet.verification?.evidence ?? [];
  const passed = proof.filter((e) => e.result === 'passed').length;
  const way = packet.verification?.rollbackMs;
  return [
    ...intentParts(packet),
    text(
      `Changes: ${(packet.release?.after ?? []).map((r) => `${r.service}@${r.commit.slice(0, 8)}`).join(', ')}`,
    ),
    text(
      `Proven: ${passed} of ${proof.length} required checks${way == null ? '' : ` · rollback rehearsed in ${seconds(way)}`}`,
    ),
    list(proof.map(evidenceLine)),
    ...(packet.handBacks.length === 0
      ? []
      : [
          text(
            `Rounds before: ${packet.handBacks.length}. Last: ${packet.handBacks.at(-1)?.reason ?? ''}`,
          ),
        ]),
  ];
}

/** The text of a pull request: what a reviewer needs, taken from the packet and the change. */
export function pullRequestCard(
  packet: Packet,
  change: Omit<Change, 'pullRequest' | 'headCommit' | 'authors'>,
): Card {
  return card(
    `${packet.ticket.key}: ${packet.ticket.title}`,
    [
      { kind: 'link', label: packet.ticket.key, url: packet.ticket.url },
      ...intentParts(packet),
      text('Acceptance criteria:'),
      list(packet.criteria.map(criterionLine)),
      text(`Files: ${change.files.length}, +${change.insertions}/-${change.deletions}`),
      list(change.evidence.map(evidenceLine)),
      text(
        packet.assumptions.length === 0
          ? 'Assumptions: none.'
          : `Assumptions: ${packet.assumptions.map((a) => `${a.statement} (${a.owner})`).join('; ')}`,
      ),
      ...packet.handBacks.map((h) =>
        text(`Round ${h.round} came back from ${h.from}: ${h.reason}`),
      ),
    ],
    {
      footer: `Tier ${packet.tier.value} · packet v${packet.version}${packet.previous === null ? '' : `, after ${short(packet.previous)}`}`,
    },
  );
}

function releasedCard(ticket: TicketRow, packet: Packet | null): Card {
  const last = ticket.approvals.findLast((a) => a.gate === 'release');
  const approvals = ticket.approvals.filter((a) => a.contentHash === last?.contentHash);
  return card(
    `Release of ${ticket.key} approved by ${approvals.map((a) => a.by).join(' and ')}`,
    packet === null ? [] : releaseParts(packet),
    {
      footer: `Content ${last?.contentHash ?? ''}`,
    },
  );
}

function handedBackCard(notice: Extract<Notice, { kind: 'handed-back' }>, ticket: TicketRow): Card {
  const rolledBack = notice.from === 'canary' || notice.from === 'monitoring';
  return card(
    rolledBack ? `${ticket.key} was rolled back` : `${ticket.key} comes back from ${notice.from}`,
    [
      text(notice.reason),
      ...(notice.evidence.length === 0 ? [] : [list(notice.evidence.map(evidenceLine))]),
    ],
    {
      footer: `The ticket is back in code (round ${ticket.round}) with this evidence in its packet.`,
    },
  );
}

function doneCard(
  intervals: readonly StageInterval[],
  ticket: TicketRow,
  packet: Packet | null,
): Card {
  const working = intervals.reduce((sum, i) => sum + i.workingMs, 0);
  const waiting = intervals.reduce((sum, i) => sum + i.waitingMs, 0);
  const longest = [...intervals].sort((a, b) => b.waitingMs - a.waitingMs)[0];
  return card(
    `${ticket.key} is running reliably`,
    [
      ...(ticket.rollouts.at(-1) === undefined
        ? []
        : [text(rolloutLine(ticket.rollouts.at(-1) as RolloutSummary))]),
      ...(packet?.soak ? [list(packet.soak.evidence.map(evidenceLine))] : []),
      text(
        `Working ${seconds(working)} · waiting ${seconds(waiting)}${longest === undefined || longest.waitingMs === 0 ? '' : ` (longest: ${longest.stage}, ${seconds(longest.waitingMs)})`}`,
      ),
      list(
        intervals.map(
          (i) =>
            `${i.stage}${i.round > 1 ? ` (round ${i.round})` : ''}: working ${seconds(i.workingMs)}, waiting ${seconds(i.waitingMs)}`,
        ),
      ),
    ],
    { footer: packetLine(ticket) },
  );
}

const rolloutLine = (r: RolloutSummary): string =>
  `Rollout ${r.verdict} after ${r.steps} steps and ${r.ticks} ticks: ${r.sentence}`;
const changeLine = (c: Change): string =>
  `${c.repository}: ${c.files.length} files, +${c.insertions}/-${c.deletions}`;
const criterionLine = (c: Criterion): string =>
  `${c.id} ${c.title}: Given ${c.given.join(', ')}; when ${c.when.join(', ')}; then ${c.then.join(', ')}`;
const evidenceLine = (e: Evidence): string =>
  `${e.result} · ${e.what}${e.sentence === '' || e.sentence === e.result ? '' : `: ${e.sentence}`}`;
const packetLine = (ticket: TicketRow): string | null =>
  ticket.packet === null ? null : `Packet v${ticket.packet.version} ${short(ticket.packet.hash)}`;
const short = (hash: string): string => hash.replace('sha256:', '').slice(0, 8);

/** `850 ms`, `12 s`, `3 min 50 s`, `2 h 5 min`: the two largest units. */
export function seconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const total = Math.round(ms / 1_000);
  if (total < 60) return `${total} s`;
  if (total < 3_600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  return `${Math.floor(total / 3_600)} h ${Math.floor((total % 3_600) / 60)} min`;
}

function button(
  decision: CardAction['decision'],
  label: string,
  style: CardAction['style'],
  ticket: TicketRow,
): CardAction {
  return { decision, label, style, about: { key: ticket.key, gate: null, subject: null } };
}

const text = (value: string): CardPart => ({ kind: 'text', text: value });
const quote = (value: string): CardPart => ({ kind: 'quote', text: value });
const list = (items: readonly string[]): CardPart => ({ kind: 'list', items });

function card(
  title: string,
  parts: readonly CardPart[],
  rest: { readonly actions?: readonly CardAction[]; readonly footer?: string | null } = {},
): Card {
  return { title, parts, actions: rest.actions ?? [], footer: rest.footer ?? null };
}
