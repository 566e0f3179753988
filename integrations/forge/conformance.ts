import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Card } from '../../domain/card.ts';
import type { ForgePort, GitPort } from './port.ts';

export interface ForgeFixture {
  readonly forge: ForgePort;
  readonly repository: string;
  readonly defaultBranch: string;
  /** Pushes one commit of `developer` that writes the file to the branch; answers the commit. */
  push(branch: string, file: string, content: string): Promise<string>;
  /** As the person `reviewer`, on GitHub's page. */
  approve(number: number): Promise<void>;
  /** Bodies of a pull request's comments. */
  comments(number: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

const card = (text: string): Card => ({
  title: 'Review card',
  parts: [{ kind: 'text', text }],
  actions: [],
  footer: null,
});

/** Every promise of `ForgePort`. */
export function forgeConformance(name: string, open: () => Promise<ForgeFixture>): void {
  describe(`ForgePort: ${name}`, () => {
    let at: ForgeFixture;
    let count = 0;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(async () => at.close());

    const opened = async () => {
      count += 1;
      const branch = `baton/SHOP-${count}/1`;
      const head = await at.push(branch, `file-${count}.txt`, 'x\n');
      const { repository, defaultBranch: base } = at;
      const input = { repository, branch, base, title: 'A change', card: card('why') };
      return { input, head, repository, pull: await at.forge.openPullRequest(input) };
    };

    test('the default branch has a name and a commit', async () => {
      const { branch, commit } = await at.forge.defaultBranch({ repository: at.repository });
      expect(branch).toBe(at.defaultBranch);
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
    });

    test('a branch has one pull request, brought up to date', async () => {
      const { input, head, pull } = await opened();
      expect(pull).toMatchObject({
        state: 'open',
        headCommit: head,
        mergeCommit: null,
        branch: input.branch,
      });
      const again = await at.forge.openPullRequest({ ...input, title: 'B', card: card('better') });
      expect(again.number).toBe(pull.number);
      expect(await at.forge.readPullRequest({ ...input, number: pull.number })).toEqual(again);
    });

    test('who wrote it and who reviewed which commit', async () => {
      const { repository, pull, head } = await opened();
      const where = { repository, number: pull.number };
      expect(await at.forge.listReviews(where)).toEqual([]);
      await at.approve(pull.number);
      expect(await at.forge.listReviews(where)).toMatchObject([
        { login: 'reviewer', isBot: false, state: 'approved', commit: head },
      ]);
      const authors = await at.forge.listAuthors(where);
      expect(authors.map(({ email }) => email)).toEqual(['developer@shop.example']);
    });

    test('the same marker is one comment, brought up to date', async () => {
      const { repository, pull } = await opened();
      const where = { repository, number: pull.number };
      const one = await at.forge.comment({ ...where, marker: 'a--b>c', card: card('one') });
      expect(await at.forge.comment({ ...where, marker: 'a--b>c', card: card('two') })).toEqual(
        one,
      );
      expect(await at.forge.comment({ ...where, marker: 'a--b', card: card('one') })).not.toEqual(
        one,
      );
      const bodies = await at.comments(pull.number);
      expect(bodies).toHaveLength(2);
      expect(bodies[0]).toContain('two');
    });

    test('a merge is of exactly the named head, and once', async () => {
      const { input, head, repository, pull } = await opened();
      const moved = await at.push(input.branch, 'more.txt', `${pull.number}\n`);
      const where = { repository, number: pull.number };
      await expect(at.forge.merge({ ...where, headCommit: head })).rejects.toMatchObject({
        kind: 'StateConflict',
      });
      const { mergeCommit } = await at.forge.merge({ ...where, headCommit: moved });
      expect(await at.forge.merge({ ...where, headCommit: moved })).toEqual({ mergeCommit });
      await expect(at.forge.merge({ ...where, headCommit: head })).rejects.toMatchObject({
        kind: 'StateConflict',
      });
      expect(await at.forge.readPullRequest(where)).toMatchObject({ state: 'merged', mergeCommit });
      const base = await at.forge.defaultBranch({ repository });
      expect(base.commit).toBe(mergeCommit);
      expect((await at.forge.openPullRequest(input)).number).toBe(pull.number);
    });

    test('closed stays closed, merged stays merged', async () => {
      const { repository, pull, input, head } = await opened();
      const where = { repository, number: pull.number };
      await at.forge.closePullRequest(where);
      await at.forge.closePullRequest(where);
      expect(await at.forge.readPullRequest(where)).toMatchObject({ state: 'closed' });
      await expect(at.forge.merge({ ...where, headCommit: head })).rejects.toMatchObject({
        kind: 'IntegrationRejected',
      });
      const next = await at.forge.openPullRequest(input);
      expect(next.number).not.toBe(pull.number);
      await at.forge.merge({ repository, number: next.number, headCommit: next.headCommit });
      await at.forge.closePullRequest({ repository, number: next.number });
      expect(await at.forge.readPullRequest({ repository, number: next.number })).toMatchObject({
        state: 'merged',
      });
    });

    test('what is not there is refused', async () => {
      const { repository } = at;
      const rejected = { name: 'IntegrationError', kind: 'IntegrationRejected' };
      await expect(at.forge.readPullRequest({ repository, number: 9999 })).rejects.toMatchObject(
        rejected,
      );
      await expect(at.forge.defaultBranch({ repository: 'shop/nothing' })).rejects.toMatchObject(
        rejected,
      );
      const input = { repository, branch: 'baton/SHOP-404/1', base: at.defaultBranch };
      await expect(
        at.forge.openPullRequest({ ...input, title: 't', card: card('x') }),
      ).rejects.toMatchObject(rejected);
    });
  });
}

export interface GitFixture {
  /** With a credential that reads and one that writes. */
  readonly git: GitPort;
  /** The write credential is wrong. */
  readonly powerless: GitPort;
  readonly repository: string;
  readonly defaultBranch: string;
  /** A commit of somebody else on the branch (from the default branch when there is none). */
  push(branch: string, file: string, content: string, from?: string): Promise<string>;
  /** Merges a branch into the default branch, on the forge; answers the merge's commit. */
  merge(branch: string): Promise<string>;
  /** The commit of a branch on the forge, or null. */
  head(branch: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Every promise of `GitPort`. */
export function gitConformance(name: string, open: () => Promise<GitFixture>): void {
  describe(`GitPort: ${name}`, () => {
    let at: GitFixture;
    let folder: string;
    let count = 0;
    beforeAll(async () => {
      at = await open();
      folder = await mkdtemp(join(tmpdir(), 'baton-git-'));
    });
    afterAll(async () => {
      await at.close();
      await rm(folder, { recursive: true, force: true });
    });
    let branch: string;
    beforeEach(() => {
      count += 1;
      branch = `baton/SHOP-${count}/1`;
    });

    const clone = async (ref = at.defaultBranch) => {
      count += 1;
      const directory = join(folder, `clone-${count}`);
      return { directory, ...(await at.git.clone({ repository: at.repository, ref, directory })) };
    };
    const push = (directory: string, git = at.git, message = 'Change') =>
      git.commitAndPush({
        directory,
        repository: at.repository,
        branch,
        message,
        at: '2026-11-20T10:00:00Z',
      });

    test('a clone is whole, its own, detached, and holds no credential', async () => {
      const { directory, commit } = await clone();
      expect(commit).toBe(await at.head(at.defaultBranch));
      expect(await readFile(join(directory, '.git', 'HEAD'), 'utf8')).toBe(`${commit}\n`);
      const config = await readFile(join(directory, '.git', 'config'), 'utf8');
      expect(config).not.toMatch(/extraheader|Authorization|x-access-token/i);
      await expect(readFile(join(directory, '.git', 'shallow'))).rejects.toThrow('ENOENT');
    });

    test('a ref is a branch or a commit; what is not there is refused and leaves nothing', async () => {
      const commit = await at.push(branch, 'ref.txt', 'x\n');
      expect((await clone(branch)).commit).toBe(commit);
      expect((await clone(commit)).commit).toBe(commit);
      const directory = join(folder, 'absent');
      const { repository } = at;
      for (const ref of ['no-such-branch', '--upload-pack=touch', 'a b', '0'.repeat(40)]) {
        await expect(at.git.clone({ repository, ref, directory })).rejects.toMatchObject({
          kind: 'IntegrationRejected',
        });
      }
      await expect(
        at.git.clone({ repository: 'shop/nothing', ref: 'main', directory }),
      ).rejects.toMatchObject({ name: 'IntegrationError' });
      await expect(readFile(join(directory, '.git', 'HEAD'))).rejects.toThrow('ENOENT');
    });

    test('a diff holds changed, new, binary and removed files, and applies to a clean clone', async () => {
      const { directory } = await clone();
      await writeFile(join(directory, 'new file.txt'), 'one\ntwo\n');
      await writeFile(join(directory, 'picture.bin'), Buffer.from([0, 1, 2, 255, 0]));
      await writeFile(join(directory, 'price.txt'), '2\n');
      await rm(join(directory, 'ci.sh'));
      await symlink('price.txt', join(directory, 'link'));
      const { patch, files, insertions } = await at.git.diff({ directory });
      expect([...files].sort()).toEqual([
        'ci.sh',
        'link',
        'new file.txt',
        'picture.bin',
        'price.txt',
      ]);
      expect(insertions).toBe(4);
      const other = await clone();
      await at.git.apply({ directory: other.directory, patch });
      const again = await at.git.diff({ directory: other.directory });
      expect(Buffer.from(again.patch).equals(Buffer.from(patch))).toBe(true);
    });

    test('no change is an empty diff; an empty patch changes nothing', async () => {
      const { directory } = await clone();
      const { patch, files } = await at.git.diff({ directory });
      expect(files).toEqual([]);
      expect(patch).toHaveLength(0);
      await at.git.apply({ directory, patch });
    });

    test('named files of a patch are applied and no other, also with signs of patterns', async () => {
      const { directory } = await clone();
      await writeFile(join(directory, 'a[1].txt'), 'x\n');
      await writeFile(join(directory, 'a1.txt'), 'x\n');
      const { patch } = await at.git.diff({ directory });
      const other = await clone();
      await at.git.apply({ directory: other.directory, patch, paths: ['a[1].txt'] });
      expect((await at.git.diff({ directory: other.directory })).files).toEqual(['a[1].txt']);
    });

    test('a patch that leaves the directory or does not fit is refused', async () => {
      const { directory } = await clone();
      const escape = '--- /dev/null\n+++ b/../escaped.txt\n@@ -0,0 +1 @@\n+x\n';
      const misfit = '--- a/price.txt\n+++ b/price.txt\n@@ -1 +1 @@\n-99\n+98\n';
      for (const patch of [escape, misfit]) {
        await expect(at.git.apply({ directory, patch: Buffer.from(patch) })).rejects.toMatchObject({
          kind: 'IntegrationRejected',
        });
      }
      await expect(readFile(join(folder, 'escaped.txt'))).rejects.toThrow('ENOENT');
    });

    test('the same content on the same parent is the same commit, pushed once', async () => {
      const one = await clone();
      await writeFile(join(one.directory, 'new.txt'), 'x\n');
      const { commit } = await push(one.directory);
      expect(await at.head(branch)).toBe(commit);
      const two = await clone();
      await writeFile(join(two.directory, 'new.txt'), 'x\n');
      expect(await push(two.directory)).toEqual({ commit });
      expect(await push(one.directory)).toEqual({ commit });
    });

    test('cut off after the push, repeated when the base has moved: what was pushed counts', async () => {
      const one = await clone();
      await writeFile(join(one.directory, 'moved.txt'), 'x\n');
      const first = await push(one.directory);
      await at.push(at.defaultBranch, `base-${count}.txt`, 'y\n');
      const two = await clone();
      await writeFile(join(two.directory, 'moved.txt'), 'x\n');
      expect(await push(two.directory)).toEqual(first);
    });

    test('somebody went on from our commit: ours is there', async () => {
      const one = await clone();
      await writeFile(join(one.directory, 'ours.txt'), 'x\n');
      const first = await push(one.directory);
      await at.push(branch, 'theirs.txt', 'y\n', branch);
      expect(await push(one.directory)).toEqual(first);
    });

    test('a branch that holds something else is left alone', async () => {
      const theirs = await at.push(branch, 'theirs.txt', 'y\n');
      const { directory } = await clone();
      await writeFile(join(directory, 'ours.txt'), 'x\n');
      await expect(push(directory)).rejects.toMatchObject({ kind: 'StateConflict' });
      expect(await at.head(branch)).toBe(theirs);
    });

    test('nothing to commit, a repository inside, a wrong credential: refused', async () => {
      const { directory } = await clone();
      await expect(push(directory)).rejects.toMatchObject({ kind: 'IntegrationRejected' });
      await writeFile(join(directory, 'ours.txt'), 'x\n');
      await expect(push(directory, at.powerless)).rejects.toMatchObject({ kind: 'NotAuthorized' });
      await clone().then(({ directory: inner }) => symlink(inner, join(directory, 'linked')));
      const { repository, defaultBranch: ref } = at;
      await at.git.clone({ repository, ref, directory: join(directory, 'nested') });
      await expect(at.git.diff({ directory })).rejects.toMatchObject({
        kind: 'IntegrationRejected',
      });
      expect(await at.head(branch)).toBeNull();
    });

    test('hooks and settings of the repository are not run', async () => {
      const { directory } = await clone();
      const hook = `#!/bin/sh\ntouch ${folder}/hooked\n`;
      for (const one of ['pre-commit', 'pre-push', 'post-checkout', 'reference-transaction']) {
        await writeFile(join(directory, '.git', 'hooks', one), hook, { mode: 0o755 });
      }
      await writeFile(join(directory, 'ours.txt'), 'x\n');
      await push(directory);
      await expect(readFile(join(folder, 'hooked'))).rejects.toThrow('ENOENT');
    });

    test('a merge is taken back as one commit, once', async () => {
      await at.push(branch, 'undone.txt', 'x\n');
      const mergeCommit = await at.merge(branch);
      const revert = async () => {
        const { directory } = await clone();
        return at.git.revertAndPush({
          directory,
          repository: at.repository,
          mergeCommit,
          branch: `${branch}-revert`,
          message: 'Take it back',
          at: '2026-11-20T10:00:00Z',
        });
      };
      const { commit } = await revert();
      expect(await at.head(`${branch}-revert`)).toBe(commit);
      expect(await revert()).toEqual({ commit });
      const reverted = await clone(commit);
      await expect(readFile(join(reverted.directory, 'undone.txt'))).rejects.toThrow('ENOENT');
    });

    test('a merge whose lines were changed since cannot be taken back by itself', async () => {
      await at.push(branch, 'price.txt', 'merged\n');
      const mergeCommit = await at.merge(branch);
      await at.push(at.defaultBranch, 'price.txt', 'later\n');
      const { directory } = await clone();
      await expect(
        at.git.revertAndPush({
          directory,
          repository: at.repository,
          mergeCommit,
          branch: `${branch}-revert`,
          message: 'Take it back',
          at: '2026-11-20T10:00:00Z',
        }),
      ).rejects.toMatchObject({ kind: 'StateConflict' });
    });

    test('cancelled: the reason comes through, and no half of a clone is left', async () => {
      const reason = new Error('cancelled');
      const directory = join(folder, 'cancelled');
      const { repository, defaultBranch: ref } = at;
      await expect(
        at.git.clone({ repository, ref, directory, signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason);
      await expect(readFile(join(directory, '.git', 'HEAD'))).rejects.toThrow('ENOENT');
    });
  });
}
