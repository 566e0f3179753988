import type { Person } from '../directory.ts';
import { DEFAULT_BRANCH, OWNER } from '../repositories.ts';
import type { Repository } from './state.ts';

/** GitHub's times have no fraction. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}

export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64');
}

export function userResource(baseUrl: string, person: Person) {
  const { githubLogin, githubId, bot } = person;
  return account(baseUrl, githubLogin, githubId, bot ? 'Bot' : 'User');
}

/** A person's page: what the account says and the figures nobody here has. */
export function profileResource(baseUrl: string, person: Person) {
  return {
    ...userResource(baseUrl, person),
    name: person.name,
    email: person.email,
    company: null,
    blog: null,
    location: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2026-01-05T09:00:00Z',
    updated_at: '2026-01-05T09:00:00Z',
  };
}

export function ownerResource(baseUrl: string) {
  return account(baseUrl, OWNER, 1, 'Organization');
}

function account(baseUrl: string, login: string, id: number, type: string) {
  const url = `${baseUrl}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${baseUrl}/avatars/${id}`,
    gravatar_id: '',
    url,
    html_url: `${baseUrl}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

/** Ends of the addresses that every repository lists, by name. */
const ADDRESSES: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export function apiUrl(baseUrl: string, { fullName }: Repository): string {
  return `${baseUrl}/repos/${fullName}`;
}

export function htmlUrl(baseUrl: string, { fullName }: Repository): string {
  return `${baseUrl}/${fullName}`;
}

export function minimalRepository(baseUrl: string, repository: Repository) {
  const url = apiUrl(baseUrl, repository);
  const addresses = Object.entries(ADDRESSES).map(([name, end]) => [name, `${url}${end}`] as const);
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.fullName.split('/')[1] ?? '',
    full_name: repository.fullName,
    private: false,
    owner: ownerResource(baseUrl),
    html_url: htmlUrl(baseUrl, repository),
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(addresses),
  };
}

export function fullRepository(baseUrl: string, repository: Repository) {
  const html = htmlUrl(baseUrl, repository);
  const open = repository.pulls.filter(({ state }) => state === 'open').length;
  return {
    ...minimalRepository(baseUrl, repository),
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    ssh_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: 'JavaScript',
    default_branch: DEFAULT_BRANCH,
    visibility: 'public',
    forks: 0,
    forks_count: 0,
    network_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    watchers: 0,
    watchers_count: 0,
    size: 0,
    open_issues: open,
    open_issues_count: open,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    license: null,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    pushed_at: time(repository.pushedAt),
    created_at: time(repository.createdAt),
    updated_at: time(repository.pushedAt),
  };
}
