import type { Config } from '../domain/config.schema.ts';
import type { CommitPerson } from '../integrations/forge/port.ts';

/** The person behind a Jira account, or a name for one nobody listed: it can ask for a ticket, never decide. */
export function personOfJira(config: Config, accountId: string | null): string {
  if (accountId === null) return 'unknown';
  return config.people.find((p) => p.jira === accountId)?.id ?? `jira:${accountId}`;
}

/** The person behind a commit: by forge login, else by one of the e-mails in the configuration, else the e-mail itself. */
export function personOfCommit(config: Config, { login, email }: CommitPerson): string {
  const address = email.toLowerCase();
  const person = config.people.find(
    (p) =>
      (login !== null && p.github?.toLowerCase() === login.toLowerCase()) ||
      p.emails.some((e) => e.toLowerCase() === address),
  );
  return person?.id ?? address;
}
