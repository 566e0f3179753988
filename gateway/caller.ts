import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../domain/config.schema.ts';
import type { Identity } from './people.ts';
import { Problem } from './problem.ts';

/** Who speaks to this listener, as far as it can be known. */
export interface Knock {
  readonly headers: IncomingHttpHeaders;
  /** The socket's other end. */
  readonly remoteAddress: string | undefined;
}

export interface Door {
  /** Refuses what a foreign web page makes a browser send (cross-site requests, DNS rebinding). */
  admit(knock: Knock): void;
  /** The person a decision is by. Throws `Problem` 401 when this cannot be known. */
  identify(knock: Knock): Identity;
}

const LOOPBACK = /^(localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?|::ffff:127(?:\.[0-9]{1,3}){3})$/i;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

/** True for a `host:port` that only this machine can reach. */
export function isLoopback(listen: string): boolean {
  return LOOPBACK.test(hostOf(listen));
}

export function createDoor(config: Pick<Config, 'gateway' | 'local'>): Door {
  const { listen, publicUrl } = config.gateway;
  const loopback = isLoopback(listen);
  const own = publicUrl === undefined ? null : new URL(publicUrl).host.toLowerCase();

  /** A tunnel or proxy on this machine also connects from loopback, but says for whom, or under which name. */
  const isLocal = ({ headers, remoteAddress }: Knock) =>
    loopback &&
    LOOPBACK.test(remoteAddress ?? '') &&
    LOOPBACK.test(hostOf(headers.host ?? '')) &&
    FORWARDED.every((name) => headers[name] === undefined);

  return {
    admit({ headers }) {
      const host = headers.host?.toLowerCase();
      if (loopback && host !== undefined && !LOOPBACK.test(hostOf(host)) && host !== own) {
        throw new Problem(403, 'foreign-host', 'This listener answers to its own address only.');
      }
      const { origin } = headers;
      if (origin === undefined) return;
      const origins = [`http://${host ?? ''}`, ...(own === null ? [] : [`https://${own}`])];
      if (!origins.includes(origin.toLowerCase())) {
        throw new Problem(403, 'foreign-origin', 'Requests made by other web sites are refused.');
      }
    },
    identify(knock) {
      const as = knock.headers['x-baton-as'];
      if (!isLocal(knock)) {
        throw new Problem(
          401,
          'not-local',
          'Decisions over HTTP are taken from this machine only, on a listener on loopback. Decide in Slack or on GitHub.',
        );
      }
      if (typeof as === 'string') return { kind: 'person', id: as };
      if (config.local !== undefined) return { kind: 'person', id: config.local };
      throw new Problem(
        401,
        'who-are-you',
        'Say who decides: --as PERSON, BATON_AS, or `local` in baton.yaml.',
      );
    },
  };
}

/** The host of `host:port`, `[::1]:port` or `host`. */
function hostOf(hostAndPort: string): string {
  return hostAndPort.replace(/:[0-9]*$/, '');
}
