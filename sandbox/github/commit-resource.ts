import { byEmail } from './context.ts';
import type { CommitRecord, FileChange, Signature } from './git.ts';
import { apiUrl, htmlUrl, nodeId, userResource } from './repository-resource.ts';
import type { Repository } from './state.ts';

/** An account is shown where the directory knows the e-mail, as GitHub does. */
function accountOf(baseUrl: string, { email }: Signature) {
  const person = byEmail(email);
  return person ? userResource(baseUrl, person) : null;
}

export function commitResource(
  baseUrl: string,
  repository: Repository,
  commit: CommitRecord,
  files?: readonly FileChange[],
) {
  const api = apiUrl(baseUrl, repository);
  const html = htmlUrl(baseUrl, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: accountOf(baseUrl, commit.author),
    committer: accountOf(baseUrl, commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
    ...(files
      ? { stats: stats(files), files: files.map((file) => entry(api, html, commit, file)) }
      : {}),
  };
}

function stats(files: readonly FileChange[]) {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return { total: additions + deletions, additions, deletions };
}

function entry(api: string, html: string, { sha }: CommitRecord, file: FileChange) {
  const path = encodeURI(file.filename);
  return {
    sha: null,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${sha}/${path}`,
    raw_url: `${html}/raw/${sha}/${path}`,
    contents_url: `${api}/contents/${path}?ref=${sha}`,
  };
}

export interface Comparison {
  readonly base: CommitRecord;
  readonly mergeBase: CommitRecord;
  readonly ahead: number;
  readonly behind: number;
  /** Oldest first. */
  readonly commits: readonly CommitRecord[];
  readonly head: CommitRecord;
  readonly files: readonly FileChange[];
}

export function comparisonResource(
  baseUrl: string,
  repository: Repository,
  basehead: string,
  { base, mergeBase, ahead, behind, commits, head, files }: Comparison,
) {
  const api = apiUrl(baseUrl, repository);
  const html = htmlUrl(baseUrl, repository);
  const status =
    ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
  return {
    url: `${api}/compare/${basehead}`,
    html_url: `${html}/compare/${basehead}`,
    permalink_url: `${html}/compare/${base.sha}...${head.sha}`,
    diff_url: `${html}/compare/${basehead}.diff`,
    patch_url: `${html}/compare/${basehead}.patch`,
    base_commit: commitResource(baseUrl, repository, base),
    merge_base_commit: commitResource(baseUrl, repository, mergeBase),
    status,
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.map((commit) => commitResource(baseUrl, repository, commit)),
    files: files.map((file) => entry(api, html, head, file)),
  };
}

/** How push and check suite payloads show a commit. */
export function simpleCommit({ sha, tree, message, author, committer }: CommitRecord) {
  return {
    id: sha,
    tree_id: tree,
    message,
    timestamp: committer.date,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}
