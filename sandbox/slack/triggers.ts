import { randomBytes, randomInt } from 'node:crypto';
import { SlackError } from './slack-error.ts';

/** What lets an app open a form for the person who did something: for three seconds, once. */
export interface Triggers {
  draw(user: string): string;
  /** Answers whose it is; throws what Slack's page on `views.open` names. */
  exchange(id: string): string;
}

const LIVES_MS = 3000;
/** Long enough to say that one is expired and not that it is unknown. */
const REMEMBERED = 200;

export function createTriggers(): Triggers {
  const known = new Map<string, { readonly user: string; readonly drawnAt: number }>();
  const exchanged = new Set<string>();
  return {
    draw: (user) => {
      const id = `${randomInt(1e9)}.${randomInt(1e9)}.${randomBytes(16).toString('hex')}`;
      known.set(id, { user, drawnAt: Date.now() });
      const [oldest] = known.keys();
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
      return id;
    },
    exchange: (id) => {
      const trigger = known.get(id);
      if (!trigger) throw new SlackError('invalid_trigger_id');
      if (exchanged.has(id)) throw new SlackError('exchanged_trigger_id');
      if (Date.now() - trigger.drawnAt > LIVES_MS) throw new SlackError('expired_trigger_id');
      exchanged.add(id);
      return trigger.user;
    },
  };
}
