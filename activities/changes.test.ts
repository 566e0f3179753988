import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packet as packetSchema, type PacketRef } from '../domain/packet.schema.ts';
import type { AgentResult, AgentTask } from '../integrations/agent/port.ts';
import { createGit } from '../integrations/forge/git.ts';
import type { CommitPerson, ForgePort, PullRequest } from '../integrations/forge/port.ts';
import type { RunUntrusted } from '../integrations/process/port.ts';
import { openWorkshop, storyOf, type Workshop } from '../test/fixtures/activity-store.ts';
import { asActivity } from '../test/fixtures/as-activity.ts';
import { sampleChange, sampleConfig, samplePacket } from '../test/fixtures/packets.ts';
import { START } from '../test/fixtures/tickets.ts';
import { createChangeActivities } from './changes.ts';
import { seal } from './packets.ts';

const repository = 'shop/checkout';
let at: Workshop;
let bare: string;
let base: string;
let packet: PacketRef;

const git = (directory: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=d', '-c', 'user.email=developer@shop.example', ...args], {
    cwd: directory,
    encoding: 'utf8',
  }).trim();

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeAll(async () => {
  at = await openWorkshop();
  bare = join(at.folder, 'forge', `${repository}.git`);
  const seed = join(at.folder, 'seed');
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  git(at.folder, 'init', '--quiet', seed);
  write(seed, 'src/price.txt', 'old\n');
  write(seed, 'test/price.test.js', 'wants old\n');
  git(seed, 'add', '.');
  git(seed, 'commit', '--quiet', '-m', 'first');
  git(seed, 'push', '--quiet', bare, 'HEAD:main');
  base = git(seed, 'rev-parse', 'HEAD');
  const sealed = await seal(at.store, samplePacket(), packetSchema);
  if (sealed.sealed) packet = sealed.packet;
});
afterAll(async () => at.close());

const unexpected = async (): Promise<never> => Promise.reject(new Error('not to be called'));

/** A forge that opens pull request 12 and remembers what it was asked for. */
function forgeOf(people: CommitPerson[] = [], state: 'closed' | 'merged' = 'closed') {
  const opened: Parameters<ForgePort['openPullRequest']>[0][] = [];
  const forge: ForgePort = {
    defaultBranch: async () => ({ branch: 'main', commit: base }),
    openPullRequest: async (input) => {
      opened.push(input);
      return { number: 12, url: 'http://github/12' } as PullRequest;
    },
    listAuthors: async () => people,
    closePullRequest: async () => ({ state }),
    readPullRequest: unexpected,
    listReviews: unexpected,
    comment: unexpected,
    merge: unexpected,
  };
  return { forge, opened };
}

/** Runs "tests": each names what src/price.txt must be; says what it saw. */
const runTests: RunUntrusted = async ({ command, directory }) => {
  const files = command.slice(2);
  const price = readFileSync(join(directory, 'src/price.txt'), 'utf8').trim();
  const wants = files.map((file) => readFileSync(join(directory, file), 'utf8').trim());
  const failed = wants.filter((want) => want !== `wants ${price}`);
  const output = `${price}: ${wants.join(', ')}`;
  return { exitCode: failed.length === 0 ? 0 : 1, ending: 'exited', output, durationMs: 5 };
};

interface Play {
  readonly agent?: (task: AgentTask) => void;
  readonly answer?: Partial<AgentResult>;
  readonly run?: RunUntrusted;
  readonly forge?: ForgePort;
}

const activities = ({ agent, answer, run, forge = forgeOf().forge }: Play = {}) =>
  createChangeActivities({
    config: sampleConfig(),
    store: at.store,
    forge,
    git: createGit({
      gitUrl: `file://${join(at.folder, 'forge')}`,
      readToken: null,
      writeToken: '',
    }),
    agent: {
      run: async (task) => {
        agent?.(task);
        return { outcome: 'done', sentence: 'The agent finished.', output: 'I am done', ...answer };
      },
    },
    runUntrusted: run ?? runTests,
    workDirectory: join(at.folder, 'work'),
  });

const about = { key: 'SHOP-1', repository, service: 'checkout', round: 1 };
const propose = (agent: Play['agent'] & {}, answer?: Partial<AgentResult>) =>
  asActivity(() => activities({ agent, ...(answer && { answer }) }).runAgent({ ...about, packet }));

/** A change of an agent that wrote these files (null removes one), as proposal. */
async function newProposal(files: Record<string, string | null>) {
  const proposal = await propose(({ directory }) => {
    for (const [path, text] of Object.entries(files)) {
      if (text === null) rmSync(join(directory, path));
      else write(directory, path, text);
    }
  });
  if (proposal.patch === null) throw new Error(proposal.sentence);
  return { ...proposal, patch: proposal.patch };
}

/** The same change is proposed once for all tests. */
function proposalOf(files: Record<string, string | null>) {
  const name = JSON.stringify(files);
  const known = proposals.get(name) ?? newProposal(files);
  proposals.set(name, known);
  return known;
}
const proposals = new Map<string, ReturnType<typeof newProposal>>();

const NEW = { 'src/price.txt': 'new\n', 'test/price.test.js': 'wants new\n' };

describe('runAgent', () => {
  test('keeps what the agent changed as a patch on the default branch', async () => {
    const proposal = await proposalOf(NEW);
    expect(proposal).toMatchObject({
      baseCommit: base,
      files: ['src/price.txt', 'test/price.test.js'],
      insertions: 2,
      deletions: 2,
      outcome: 'done',
    });
    const patch = Buffer.from((await at.store.readArtifact(proposal.patch)) ?? []).toString();
    expect(patch).toContain('-old\n+new\n');
  });

  test('gives the agent the brief, and a clone without a credential in it', async () => {
    await propose(({ brief, directory }) => {
      expect(brief).toContain('# SHOP-1: change shop/checkout');
      expect(git(directory, 'rev-parse', 'HEAD')).toBe(base);
    });
  });

  test('an agent that changed nothing has failed, whatever it says', async () => {
    const { patch, outcome, sentence } = await propose(() => undefined);
    expect({ patch, outcome, sentence }).toEqual({
      patch: null,
      outcome: 'failed',
      sentence: 'the agent changed nothing',
    });
  });

  test('what an agent wrote before it failed is kept, and so is that it failed', async () => {
    const answer = { outcome: 'failed' as const, sentence: 'The agent ran out of time.' };
    const proposal = await propose(({ directory }) => write(directory, 'half.js', 'x\n'), answer);
    expect(proposal).toMatchObject({ ...answer, files: ['half.js'] });
  });

  test('git obeys nothing the agent wrote: no hook runs, no repository inside, no commit of its own', async () => {
    const stolen = join(at.folder, 'stolen');
    const proposal = await propose(({ directory }) => {
      const steal = `#!/bin/sh\ntouch ${stolen}\n`;
      write(directory, '.git/hooks/pre-commit', steal);
      write(directory, '.git/hooks/post-index-change', steal);
      execFileSync('chmod', ['-R', '+x', join(directory, '.git/hooks')]);
      write(directory, '.git/info/attributes', '* filter=steal');
      git(directory, 'config', 'core.fsmonitor', `touch ${stolen}`);
      git(directory, 'config', 'filter.steal.clean', `touch ${stolen}; cat`);
      write(directory, 'inner/.git/config', 'x');
      write(directory, 'inner/code.js', 'x\n');
      write(directory, '.baton/brief.md', 'x\n');
    });
    expect(proposal.files).toEqual(['inner/code.js']);
    expect(existsSync(stolen)).toBe(false);
  });

  test('leaves no working copy behind, and what the agent printed in the store', async () => {
    await propose(() => undefined);
    expect(readdirSync(join(at.folder, 'work'))).toEqual([]);
  });
});

describe('proveTests', () => {
  const prove = async (files: Record<string, string | null>, run?: RunUntrusted) => {
    const proposal = await proposalOf(files);
    const input = { ...about, ...proposal };
    return asActivity(() => activities(run && { run }).proveTests(input));
  };

  test('tests that fail before the change and pass with it are evidence, with both outputs', async () => {
    const proof = await prove(NEW);
    expect(proof).toMatchObject({
      id: 'red-green/shop/checkout',
      result: 'passed',
      durationMs: 10,
    });
    const log = Buffer.from((await at.store.readArtifact(proof.artifact ?? '')) ?? []).toString();
    expect(log).toBe('== before ==\nold: wants new\n== after ==\nnew: wants new\n');
  });

  test.each([
    ['pass without the change', { 'test/b.test.js': 'wants old\n' }, 'they prove nothing'],
    ['fail with the change', { ...NEW, 'test/b.test.js': 'wants x\n' }, 'fail with the change'],
  ])('tests that %s have failed', async (_what, files, because) => {
    const proof = await prove(files);
    expect(proof.result).toBe('failed');
    expect(proof.sentence).toContain(because);
  });

  test.each([
    ['no tests', { 'src/price.txt': 'new\n' }],
    ['only tests taken away', { 'test/price.test.js': null }],
  ])('a change with %s did not run: it is no evidence', async (_what, files) => {
    expect(await prove(files)).toMatchObject({ result: 'not-run', artifact: null });
  });

  test('a test that moved is proved where it stands now', async () => {
    const files = { 'src/price.txt': 'new\n', 'test/price.test.js': null };
    expect(await prove({ ...files, 'test/moved.test.js': 'wants new\n' })).toMatchObject({
      result: 'passed',
    });
  });

  test.each([
    ['timed-out', 1],
    ['output-limit', 2],
    ['cancelled', 2],
  ] as const)('tests that were stopped (%s, run %i) prove nothing', async (ending, which) => {
    let runs = 0;
    const stopped: RunUntrusted = async (command) => {
      const result = await runTests(command);
      return (runs += 1) === which ? { ...result, ending } : result;
    };
    expect(await prove(NEW, stopped)).toMatchObject({ result: 'failed' });
  });
});

describe('pushChange', () => {
  const push = async (key: string, round = 1) => {
    const input = { ...about, key, round, ...(await proposalOf(NEW)), at: START };
    return asActivity(() => activities().pushChange({ ...input, title: 'Free $(id) shipping' }));
  };

  test('puts the change on a branch of the ticket and round, under a message that names both', async () => {
    const { branch, headCommit } = await push('PUSH-1', 2);
    expect(branch).toBe('baton/PUSH-1/2');
    expect(git(bare, 'rev-parse', branch)).toBe(headCommit);
    expect(git(bare, 'rev-parse', `${branch}^`)).toBe(base);
    expect(git(bare, 'log', '-1', '--format=%B', branch)).toBe('PUSH-1: Free $(id) shipping');
    expect(git(bare, 'show', `${branch}:src/price.txt`)).toBe('new');
  });

  test('pushed twice, it is the same commit and one line of the story', async () => {
    expect(await push('PUSH-2')).toEqual(await push('PUSH-2'));
    expect(await storyOf(at.store, 'PUSH-2')).toEqual([
      'Branch baton/PUSH-2/1 pushed to shop/checkout',
    ]);
  });

  test('a patch that is not in the store is a broken contract, and nothing is pushed', async () => {
    const input = { ...about, key: 'PUSH-3', baseCommit: base, patch: 'sha256:none', at: START };
    const pushed = asActivity(() => activities().pushChange({ ...input, title: 't' }));
    await expect(pushed).rejects.toMatchObject({ type: 'ContractBroken' });
    expect(git(bare, 'branch', '--list', 'baton/PUSH-3/*')).toBe('');
  });
});

describe('openPullRequest', () => {
  test('names ticket and base, and answers everybody who wrote a commit by the id known here', async () => {
    const { forge, opened } = forgeOf([
      { login: 'Developer', email: 'private@elsewhere.example' },
      { login: null, email: 'DEVELOPER@shop.example' },
      { login: null, email: 'Stranger@elsewhere.example' },
    ]);
    const { pullRequest: _p, authors: _a, ...change } = sampleChange();
    const input = { key: 'SHOP-1', packet, change };
    const answer = await asActivity(() => activities({ forge }).openPullRequest(input));
    expect(answer).toEqual({
      pullRequest: { number: 12, url: 'http://github/12' },
      authors: ['developer', 'stranger@elsewhere.example'],
    });
    expect(opened).toMatchObject([
      { base: 'main', branch: change.branch, title: 'SHOP-1: Free shipping' },
    ]);
  });
});

test.each([
  ['closed', ['Pull request shop/checkout#12 closed']],
  ['merged', []],
] as const)('a pull request that is %s after closing is told as %j', async (state, story) => {
  const { forge } = forgeOf([], state);
  const input = { key: `CLOSE-${state}`, repository, number: 12 };
  await asActivity(() => activities({ forge }).closePullRequest(input));
  expect(await storyOf(at.store, input.key)).toEqual(story);
});

test('a service that the configuration lost is misconfigured, and not tried again', async () => {
  const input = { ...about, ...(await proposalOf(NEW)), service: 'gone' };
  await expect(asActivity(() => activities().proveTests(input))).rejects.toMatchObject({
    type: 'Misconfigured',
    nonRetryable: true,
  });
});
