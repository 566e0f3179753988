import type { Logger } from 'pino';
import type { AnswerPerson } from './hand-over.ts';
import type { SlackVoice } from './slack/voice.ts';

/** Given by the composition root: writes once, by `marker`, under the pull request. */
export type AnswerOnPullRequest = (answer: {
  readonly repository: string;
  readonly number: number;
  readonly marker: string;
  readonly sentence: string;
}) => Promise<void>;

/** Tells a person, where they decided, why it did not count. Tried once: a decision is not undone by a failed note. */
export function createAnswers(deps: {
  readonly slack: SlackVoice;
  readonly answerOnPullRequest: AnswerOnPullRequest;
  readonly log: Logger;
}): AnswerPerson {
  return async ({ to, id, sentence }) => {
    try {
      if (to.kind === 'slack') await deps.slack.whisper(to, sentence);
      else {
        const { repository, number } = to;
        await deps.answerOnPullRequest({ repository, number, marker: `refused/${id}`, sentence });
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown reason';
      deps.log.warn(
        { to: to.kind, reason },
        'a person could not be told why a decision was refused',
      );
    }
  };
}
