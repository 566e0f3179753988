import type { Config, Person } from '../domain/config.schema.ts';
import type { TicketRow } from '../domain/ticket.ts';

/** How a channel names a person. */
export type Identity =
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'slack'; readonly user: string }
  | { readonly kind: 'github'; readonly login: string };

/** The person of the configuration, or undefined: then the caller may read and start, never decide. */
export function findPerson(people: readonly Person[], identity: Identity): Person | undefined {
  switch (identity.kind) {
    case 'person':
      return people.find((person) => person.id === identity.id);
    case 'slack':
      return people.find((person) => person.slack === identity.user);
    case 'github': // logins differ in nothing but case at most: GitHub treats them as one
      return people.find((p) => p.github?.toLowerCase() === identity.login.toLowerCase());
    default:
      identity satisfies never;
      return undefined;
  }
}

/** The refusal of somebody who is not in `people`; it says who may. */
export function unknownPerson(
  identity: Identity,
  key: string,
  row: TicketRow | null,
  config: Pick<Config, 'people'>,
): string {
  return `${nameOf(identity)} is not among the people in baton.yaml, so nothing was decided. About ${key} ${anyOf(whoMay(row, config))} may decide.`;
}

/** Who can unblock the ticket now; when that is nobody in particular, everybody in `people`. */
function whoMay(row: TicketRow | null, { people }: Pick<Config, 'people'>): readonly string[] {
  const waitedFor = (row?.waiting?.who ?? []).filter((id) => people.some((p) => p.id === id));
  return waitedFor.length > 0 ? waitedFor : people.map((person) => person.id);
}

function nameOf(identity: Identity): string {
  switch (identity.kind) {
    case 'person':
      return `"${identity.id.slice(0, 60)}"`;
    case 'slack':
      return `Slack user ${identity.user.slice(0, 60)}`;
    case 'github':
      return `GitHub user ${identity.login.slice(0, 60)}`;
    default:
      identity satisfies never;
      return 'This person';
  }
}

function anyOf(ids: readonly string[]): string {
  if (ids.length <= 1) return ids[0] ?? 'nobody';
  return `${ids.slice(0, -1).join(', ')} or ${ids.at(-1) ?? ''}`;
}
