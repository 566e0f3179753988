import type { Person } from '../directory.ts';
import { buttonsOf } from '../slack/buttons.ts';
import type { Slack } from '../slack/slack.ts';
import { directChannelOf, type SlackMessage } from '../slack/state.ts';

export interface PeopleOptions {
  readonly slack: Pick<Slack, 'press' | 'messages' | 'onChange'>;
  readonly people: readonly Person[];
  /** What happened, for whoever watches. */
  readonly log?: (line: string) => void;
  readonly timing?: Partial<PeopleTiming>;
}

export interface PeopleTiming {
  /** From the message, or its change, to the press. */
  readonly readsForMs: number;
  /** From a press that nothing acknowledged to the next one. */
  readonly unansweredMs: number;
  /** Until the same person presses again, when the press was acknowledged and nothing changed. */
  readonly patienceMs: number;
}

export interface People {
  close(): void;
}

/** The reviewer approves first; where two approvals are wanted, the approver is the second. */
const APPROVERS = ['reviewer', 'approver'] as const;
const APPROVE = 'Approve';
const TIMING: PeopleTiming = { readsForMs: 600, unansweredMs: 3000, patienceMs: 15_000 };

/** One message with a button to press. */
interface Task {
  /** What is approved; when the button becomes another one, the first person begins again. */
  readonly subject: string;
  /** Whose turn it is. */
  turn: number;
  /** `reading`: will press. `waiting`: was acknowledged, and looks whether the message changes. */
  phase: 'reading' | 'pressing' | 'waiting';
  /** The message as it was at the last press. */
  seen: string;
  timer: NodeJS.Timeout | undefined;
}

/**
 * People who press every button that begins with `Approve`, and, like people, press again when
 * nothing acknowledged it or when the message does not change. They stop when the button is gone.
 */
export function startPeople(options: PeopleOptions): People {
  const { slack, log = () => undefined } = options;
  const timing = { ...TIMING, ...options.timing };
  const tasks = new Map<string, Task>();

  const plan = (message: SlackMessage, task: Task, phase: Task['phase'], afterMs: number) => {
    clearTimeout(task.timer);
    task.phase = phase;
    task.timer = setTimeout(() => void press(message, task), afterMs);
  };

  const press = async (message: SlackMessage, task: Task) => {
    const person = whoseTurn(options.people, message, task);
    if (!person) return;
    task.phase = 'pressing';
    task.seen = appearance(message);
    const startedAt = Date.now();
    const { channel, ts } = message;
    const what = { user: person.slackUser, channel, ts, text: APPROVE };
    const { acknowledged } = await slack.press(what).catch(() => ({ acknowledged: false }));
    log(`${person.id} pressed "${labelOf(task)}"${acknowledged ? '' : ': no answer'}`);
    if (tasks.get(nameOf(message)) !== task) return; // the button went meanwhile
    const passed = Date.now() - startedAt;
    if (!acknowledged) plan(message, task, 'reading', Math.max(0, timing.unansweredMs - passed));
    else if (appearance(message) === task.seen) plan(message, task, 'waiting', timing.patienceMs);
    else next(message, task);
  };

  /** The message answered the press and still asks. After the last person the first may try again. */
  const next = (message: SlackMessage, task: Task) => {
    task.turn += 1;
    if (task.turn < APPROVERS.length) {
      plan(message, task, 'reading', timing.readsForMs);
      return;
    }
    task.turn = 0;
    plan(message, task, 'reading', timing.patienceMs);
  };

  const look = (message: SlackMessage) => {
    const name = nameOf(message);
    const subject = approvalIn(message);
    const task = tasks.get(name);
    if (task && task.subject === subject) {
      if (task.phase === 'waiting' && appearance(message) !== task.seen) next(message, task);
      return;
    }
    clearTimeout(task?.timer);
    tasks.delete(name);
    if (subject === undefined) return;
    const fresh: Task = { subject, turn: 0, phase: 'reading', seen: '', timer: undefined };
    tasks.set(name, fresh);
    plan(message, fresh, 'reading', timing.readsForMs);
  };

  for (const message of slack.messages()) look(message);
  const stopWatching = slack.onChange(look);
  return {
    close: () => {
      stopWatching();
      for (const { timer } of tasks.values()) clearTimeout(timer);
      tasks.clear();
    },
  };
}

/** In a direct message it is the turn of whom it was sent to, if approving is that person's work. */
function whoseTurn(
  people: readonly Person[],
  { channel }: SlackMessage,
  { turn }: Task,
): Person | undefined {
  const approvers = APPROVERS.map((id) => people.find((person) => person.id === id));
  if (!channel.startsWith('D')) return approvers[turn];
  return approvers.find((person) => person && directChannelOf(person.slackUser) === channel);
}

function approvalIn(message: SlackMessage): string | undefined {
  if (message.ephemeralFor !== undefined) return undefined;
  const found = buttonsOf(message).find(({ button }) => button.text.text.startsWith(APPROVE));
  if (!found) return undefined;
  const { action_id: action, value, text } = found.button;
  return JSON.stringify([text.text, action, value]);
}

function labelOf({ subject }: Task): string {
  return (JSON.parse(subject) as string[])[0] ?? '';
}

function appearance({ text, blocks }: SlackMessage): string {
  return JSON.stringify([text, blocks]);
}

function nameOf({ channel, ts }: SlackMessage): string {
  return `${channel} ${ts}`;
}
