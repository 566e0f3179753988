import type { Logger } from 'pino';
import type { ModalView } from '@slack/types';
import { decisionRequest, type DecisionRequest } from '../../domain/decision.schema.ts';
import { findPerson } from '../people.ts';
import type { Config } from '../../domain/config.schema.ts';
import type { AnswerTo } from '../inbox-body.schema.ts';
import type { DecisionInput, Decisions } from '../decisions.ts';
import {
  DECISIONS,
  decisionSubject,
  reasonFor,
  type Press,
  type ReasonFor,
  type ReasonSubmission,
} from './interaction.schema.ts';
import type { SlackVoice } from './voice.ts';

/** Acknowledges to Slack; within three seconds, and only once what it acknowledges is durable. */
export type Acknowledge = (errors?: Readonly<Record<string, string>>) => Promise<void>;

export interface Presses {
  press(press: Press, acknowledge: Acknowledge): Promise<void>;
  submit(submission: ReasonSubmission, acknowledge: Acknowledge): Promise<void>;
}

interface PressesDeps {
  readonly config: Pick<Config, 'people'>;
  readonly decisions: Decisions;
  readonly voice: SlackVoice;
  readonly log: Logger;
}

/** Slack's buttons and the form behind two of them, as decisions. Socket and HTTP come here alike. */
export function createPresses(deps: PressesDeps): Presses {
  return {
    async press(press, acknowledge) {
      const wish = wishOf(press);
      if (wish === null) {
        deps.log.debug(
          { action: press.actions[0]?.action_id.slice(0, 80) },
          'a button of no decision',
        );
        await acknowledge();
      } else if (wish.decision === 'reject' || wish.decision === 'hold') {
        await askReason(deps, press, { ...wish, decision: wish.decision }, acknowledge);
      } else {
        await take(deps, inputOf(press, requestOf(wish, undefined), wish.about.key), acknowledge);
      }
    },
    async submit(submission, acknowledge) {
      const about = parseJson(submission.view.private_metadata, reasonFor);
      const reason = submission.view.state.values.reason.reason.value?.trim() ?? '';
      if (about === null) return acknowledge();
      const request = requestOf(about, reason);
      if (request === null) return acknowledge({ reason: 'Say why, in at most 2,000 characters.' });
      const user = submission.user.id;
      const input: DecisionInput = {
        key: about.about.key,
        request,
        id: `slack/${user}/${submission.view.id}`,
        by: { kind: 'slack', user },
        channel: 'slack',
        answerTo: { kind: 'slack', channel: about.channel, user, thread: about.thread },
      };
      return take(deps, input, acknowledge);
    },
  };
}

interface Wish {
  readonly decision: (typeof DECISIONS)[number];
  readonly about: ReasonFor['about'];
}

/** Null for a button that is none of ours. */
function wishOf({ actions }: Press): Wish | null {
  const [action] = actions;
  const decision = DECISIONS.find((name) => name === action?.action_id.split(':')[0]);
  const about = parseJson(action?.value ?? '', decisionSubject);
  return decision === undefined || about === null ? null : { decision, about };
}

/** Null when what the button carries makes no decision: a gate nobody decides, no reason. */
function requestOf({ decision, about }: Wish, reason: string | undefined): DecisionRequest | null {
  const gated = decision === 'approve' || decision === 'reject';
  const parsed = decisionRequest.safeParse({
    kind: decision,
    ...(gated && { gate: about.gate }),
    ...(gated && about.subject !== null && { subject: about.subject }),
    ...(reason !== undefined && { reason }),
  });
  return parsed.success ? parsed.data : null;
}

/** The same press delivered twice is one: who, on which message, when. */
function inputOf(press: Press, request: DecisionRequest | null, key: string): DecisionInput | null {
  if (request === null) return null;
  const user = press.user.id;
  return {
    key,
    request,
    id: `slack/${user}/${press.container.message_ts}/${press.actions[0]?.action_ts ?? ''}`,
    by: { kind: 'slack', user },
    channel: 'slack',
    answerTo: placeOf(press),
  };
}

function placeOf({ user, container, message }: Press): Extract<AnswerTo, { kind: 'slack' }> {
  const thread = container.thread_ts ?? message?.thread_ts ?? null;
  return { kind: 'slack', channel: container.channel_id, user: user.id, thread };
}

/** Durable first, then acknowledged, then decided; a refusal is whispered by the hand-over. */
async function take(
  { decisions, voice, log }: PressesDeps,
  input: DecisionInput | null,
  acknowledge: Acknowledge,
): Promise<void> {
  if (input === null) {
    log.warn('a button carries no decision that can be made');
    return acknowledge();
  }
  const taken = await decisions.take(input);
  await acknowledge();
  const { answerTo } = input;
  if (answerTo?.kind !== 'slack') return;
  const tell = (sentence: string) => whisper({ voice, log }, answerTo, sentence);
  if (taken.kind === 'refused') await tell(taken.sentence);
  if (taken.kind !== 'stored') return;
  const receipt = await decisions.finish(taken.delivery);
  if (receipt.pending) await tell(receipt.sentence);
}

async function askReason(
  deps: PressesDeps,
  press: Press,
  wish: Omit<ReasonFor, 'channel' | 'thread'>,
  acknowledge: Acknowledge,
): Promise<void> {
  const place = placeOf(press);
  const form = formOf({ ...wish, channel: place.channel, thread: place.thread });
  const opened = await openForm(deps, press.trigger_id, form);
  if (opened !== 'unsupported') await acknowledge();
  if (opened === 'failed') {
    await whisper(deps, place, 'Slack could not show the form for your reason: press again.');
  } else if (opened === 'unsupported') {
    const person = findPerson(deps.config.people, { kind: 'slack', user: press.user.id });
    const request = requestOf(wish, `pressed in Slack by ${person?.id ?? press.user.id}`);
    await take(deps, inputOf(press, request, wish.about.key), acknowledge);
  }
}

async function openForm(
  { voice, log }: PressesDeps,
  triggerId: string | undefined,
  form: ModalView,
): Promise<'opened' | 'unsupported' | 'failed'> {
  if (triggerId === undefined) return 'unsupported';
  try {
    return (await voice.open(triggerId, form)) ? 'opened' : 'unsupported';
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : '' }, 'no form in Slack');
    return 'failed';
  }
}

/** Slack's limits: 24 characters of title, 3,000 of `private_metadata`. */
function formOf(about: ReasonFor): ModalView {
  const verb = about.decision === 'reject' ? 'Reject' : 'Hold';
  return {
    type: 'modal',
    callback_id: 'reason',
    private_metadata: JSON.stringify(about),
    title: { type: 'plain_text', text: `${verb} ${about.about.key}`.slice(0, 24) },
    submit: { type: 'plain_text', text: verb },
    close: { type: 'plain_text', text: 'Back' },
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Why? The next attempt reads this.' },
        element: {
          type: 'plain_text_input',
          action_id: 'reason',
          multiline: true,
          max_length: 2000,
        },
      },
    ],
  };
}

async function whisper(
  { voice, log }: Pick<PressesDeps, 'voice' | 'log'>,
  place: Extract<AnswerTo, { kind: 'slack' }>,
  sentence: string,
): Promise<void> {
  try {
    await voice.whisper(place, sentence);
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : '' }, 'nobody heard it in Slack');
  }
}

function parseJson<T>(
  text: string,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
