import {
  ApplicationFailure,
  CancellationScope,
  condition,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { decide, receiptOf } from '../domain/decide.ts';
import type { Decision, DecisionReceipt } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import { apply, newTicket } from '../domain/apply.ts';
import { rowOf } from '../domain/ticket-row.ts';
import type { JournalEntry, TicketEvent, TicketRow, TicketState } from '../domain/ticket.ts';
import {
  decideUpdate,
  reportFactSignal,
  ticketQuery,
  type CarriedTicket,
  type DeliverTicketInput,
  type Steering,
} from './messages.ts';
import { store } from './proxies.ts';

/** An event without its time: the entity dates it with the workflow's clock. */
type Happening = TicketEvent extends infer E
  ? E extends TicketEvent
    ? Omit<E, 'at'>
    : never
  : never;

/** What a happening means to a reader; becomes a line of the story and of the audit log. */
export interface Story {
  readonly kind: JournalEntry['kind'];
  readonly text: string;
  readonly actor?: string;
  readonly data?: JournalEntry['data'];
}

/**
 * One ticket inside its workflow: the only place that changes its state, journals every change and
 * takes its messages. Stages tell it what happened and ask it what stands.
 */
export class Ticket {
  readonly key: string;
  readonly startedBy: DeliverTicketInput['startedBy'];
  state: TicketState;
  carried: Omit<CarriedTicket, 'state' | 'searchAttributes' | 'facts' | 'steering'>;
  /** Facts no stage has looked at yet. */
  facts: Fact[] = [];
  /** What people told the running rollout or soak to do, not yet passed on. */
  steering: Steering[];
  /** Set when a person cancels; the stage's scope is cancelled with it. */
  cancelled: { readonly by: string } | null = null;
  /** False until what an earlier life left is known: nothing may be journaled before. */
  isTakenUp: boolean;
  #scope: CancellationScope | null = null;
  #stories: JournalEntry[] = [];
  /** True when the store does not yet know all that a reader would see. */
  #isUntold = false;
  #publishing = false;
  #attributes: Record<string, string>;

  constructor(input: DeliverTicketInput) {
    const { key, startedBy, carried } = input;
    this.key = key;
    this.startedBy = startedBy;
    this.state = carried?.state ?? newTicket(key, workflowInfo().startTime.getTime());
    this.carried = carried ?? { thread: null, undo: [], releases: null, delivered: [] };
    this.#attributes = { ...carried?.searchAttributes };
    this.facts = [...(carried?.facts ?? [])];
    this.steering = [...(carried?.steering ?? [])];
    this.isTakenUp = carried !== undefined;
    setHandler(ticketQuery, () => rowOf(this.state));
    setHandler(reportFactSignal, (fact) => this.#hear(fact));
    setHandler(decideUpdate, (decision) => this.#take(decision), {
      validator: (decision: Decision) => this.#validate(decision),
    });
    void CancellationScope.nonCancellable(() => this.#publishForEver());
  }

  get row(): TicketRow {
    return rowOf(this.state);
  }

  /** Folds what happened, and tells it. Synchronous: the journal follows by itself, before the next wait is over. */
  record(happening: Happening, story?: Story): void {
    const at = Date.now();
    this.state = apply(this.state, { ...happening, at });
    // That a message was handled is for this workflow alone.
    if (happening.type !== 'handled') this.#isUntold = true;
    if (story !== undefined) this.tell(story);
  }

  /** Tells something that changes nothing in the state. */
  tell(story: Story): void {
    this.#isUntold = true;
    const { kind, text, actor = 'baton', data = {} } = story;
    const { startedAt, revision } = this.state;
    // The text is part of the name: a task that is run again after a kill may count revisions otherwise.
    const id = `${this.key}/${startedAt}/${revision}/${kind}/${text.slice(0, 80)}`;
    this.#stories.push({ id, at: Date.now(), ticket: this.key, kind, actor, text, data });
  }

  /** Runs a stage so that a person's `cancel` ends it. */
  async cancellable<T>(work: () => Promise<T>): Promise<T> {
    this.#scope = new CancellationScope();
    if (this.cancelled !== null) this.#scope.cancel();
    return this.#scope.run(work);
  }

  /** Returns when nobody holds the ticket. */
  async goAhead(): Promise<void> {
    await condition(() => this.state.held === null || this.state.held.by === 'deadline');
  }

  /** Takes the facts of the given kinds out of the queue. */
  takeFacts<K extends Fact['kind']>(...kinds: K[]): Extract<Fact, { kind: K }>[] {
    const wanted = (fact: Fact): fact is Extract<Fact, { kind: K }> =>
      (kinds as string[]).includes(fact.kind);
    const taken = this.facts.filter(wanted);
    this.facts = this.facts.filter((fact) => !wanted(fact));
    return taken;
  }

  /** Takes exactly these facts out: what came meanwhile is still to be looked at. */
  drop(seen: readonly Fact[]): void {
    this.facts = this.facts.filter((fact) => !seen.includes(fact));
  }

  hasFact(...kinds: Fact['kind'][]): boolean {
    return this.facts.some((fact) => kinds.includes(fact.kind));
  }

  /** Returns when everything recorded is in the store: nothing may be lost when a run ends. */
  async flush(): Promise<void> {
    await CancellationScope.nonCancellable(() =>
      condition(() => !this.#isUntold && !this.#publishing),
    );
  }

  carry(): CarriedTicket {
    return {
      ...this.carried,
      state: this.state,
      searchAttributes: this.#attributes,
      facts: this.facts,
      steering: this.steering,
    };
  }

  /** A refusal leaves no event in the history; its sentence is what the person is told. */
  #validate(decision: Decision): void {
    if (receiptOf(this.state, decision.id) !== null) return;
    const verdict = decide(this.state, decision, Date.now());
    if (!verdict.counts) throw ApplicationFailure.nonRetryable(verdict.sentence, 'DecisionRefused');
  }

  #take(decision: Decision): DecisionReceipt {
    const known = receiptOf(this.state, decision.id);
    if (known !== null) return known;
    const verdict = decide(this.state, decision, Date.now());
    if (!verdict.counts) throw ApplicationFailure.nonRetryable(verdict.sentence, 'DecisionRefused');
    const { at: _, ...first } = verdict.events[0] ?? {
      at: 0,
      type: 'handled',
      id: decision.id,
      receipt: null,
    };
    this.record(first, {
      kind: 'decision',
      actor: decision.by,
      text: toldOf(decision),
      data: { channel: decision.channel },
    });
    const receipt = { counted: true, sentence: verdict.sentence };
    this.record({ type: 'handled', id: decision.id, receipt });
    this.#act(decision);
    return receipt;
  }

  #act(decision: Decision): void {
    switch (decision.kind) {
      case 'hold':
      case 'resume':
      case 'rollback':
        this.steering.push(decision.kind);
        return;
      case 'cancel':
        this.cancelled = { by: decision.by };
        this.#scope?.cancel();
        return;
      default:
        return;
    }
  }

  #hear(fact: Fact): void {
    if (this.state.handled.some((h) => h.id === fact.id)) return;
    this.record({ type: 'handled', id: fact.id, receipt: null });
    this.facts.push(fact);
  }

  async #publishForEver(): Promise<void> {
    for (;;) {
      await condition(() => this.isTakenUp && this.#isUntold);
      this.#publishing = true;
      this.#isUntold = false;
      const entries = this.#stories;
      this.#stories = [];
      this.#showInVisibility();
      await store.journal({ ticket: this.row, intervals: this.state.intervals, entries });
      this.#publishing = false;
    }
  }

  #showInVisibility(): void {
    const { row } = this;
    if (this.state.policy === null) return; // before the intake nothing is known to show
    const now = {
      Stage: row.stage,
      WaitingOn: row.waiting?.for ?? 'nobody',
      Tier: String(row.tier),
      Service: row.services[0]?.name ?? 'none',
    };
    // A gate that has passed is followed by the next stage at once, which says both in one event.
    if (now.WaitingOn === 'nobody' && /^(gate:|ci$)/.test(this.#attributes.WaitingOn ?? '')) {
      now.WaitingOn =
        this.#attributes.Stage === now.Stage ? (this.#attributes.WaitingOn ?? '') : 'nobody';
    }
    const changed = Object.entries(now).filter(([name, value]) => this.#attributes[name] !== value);
    if (changed.length === 0) return;
    upsertSearchAttributes(
      changed.map(([name, value]) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value })),
    );
    this.#attributes = now;
  }
}

function toldOf(decision: Decision): string {
  const through = `${decision.by} in ${decision.channel}`;
  switch (decision.kind) {
    case 'approve':
      return `Gate ${decision.gate} approved by ${through}`;
    case 'reject':
      return `Gate ${decision.gate} rejected by ${through}: ${decision.reason}`;
    case 'hold':
      return `Held by ${through}: ${decision.reason}`;
    case 'resume':
      return `Resumed by ${through}`;
    case 'answer':
      return `Question ${decision.question} answered by ${through}`;
    case 'rollback':
      return `Rollback asked for by ${through}`;
    case 'cancel':
      return `Cancelled by ${through}`;
    default:
      decision satisfies never;
      return through;
  }
}
