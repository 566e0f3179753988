/** A person of the sandbox's company, as every stand-in and the configuration know them. */
export interface Person {
  /** The role, which is also the name: the sandbox invents nobody. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly jiraAccount: string;
  readonly githubLogin: string;
  /** GitHub's numeric account id. */
  readonly githubId: number;
  readonly slackUser: string;
  readonly bot: boolean;
}

const ROLES = ['requester', 'developer', 'reviewer', 'approver', 'operator'] as const;

/** The five people of the sandbox. */
export const PEOPLE: readonly Person[] = ROLES.map((role, index) => ({
  id: role,
  name: role.charAt(0).toUpperCase() + role.slice(1),
  email: `${role}@shop.example`,
  jiraAccount: `acc-${role}`,
  githubLogin: role,
  githubId: 101 + index,
  slackUser: `U0${role.toUpperCase()}`,
  bot: false,
}));

/** The account whose tokens are drawn for whoever drives the sandbox. */
export const BOT: Person = {
  id: 'baton',
  name: 'Baton',
  email: 'baton@shop.example',
  jiraAccount: 'acc-baton',
  githubLogin: 'baton[bot]',
  githubId: 100,
  slackUser: 'U0BATON',
  bot: true,
};

export const ACCOUNTS: readonly Person[] = [...PEOPLE, BOT];
