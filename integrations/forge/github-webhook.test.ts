import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { Webhooks } from '@octokit/webhooks';
import { fact } from '../../domain/fact.schema.ts';
import { parse, verify } from './github-webhook.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly object[];
}
const path = createRequire(import.meta.url).resolve(
  '@octokit/webhooks-examples/api.github.com/index.json',
);
const EXAMPLES = JSON.parse(readFileSync(path, 'utf8')) as readonly Example[];

const SECRET = 'secret of the test';
const COMMIT = 'a'.repeat(40);
const headers = (event: string) => ({ 'x-github-event': event, 'x-github-delivery': 'd-1' });
const bytes = (payload: unknown) => Buffer.from(JSON.stringify(payload));
const repository = { full_name: 'shop/checkout', private: true };
const BRANCH = 'baton/SHOP-1/2';

const review = (more: object = {}, head = BRANCH) => ({
  action: 'submitted',
  repository,
  pull_request: { number: 7, head: { ref: head } },
  review: {
    id: 5,
    state: 'approved',
    commit_id: COMMIT,
    body: 'Fine',
    user: { login: 'reviewer', type: 'User' },
    ...more,
  },
});
const suite = (more: object = {}, action = 'completed') => ({
  action,
  repository,
  check_suite: { head_sha: COMMIT, head_branch: BRANCH, ...more },
});
const push = (more: object = {}) => ({
  ref: `refs/heads/${BRANCH}`,
  after: COMMIT,
  deleted: false,
  repository,
  ...more,
});
const closed = (merged: boolean, action = 'closed') => ({
  action,
  repository,
  pull_request: { number: 7, merged, head: { ref: BRANCH } },
});

describe('what is signed as GitHub signs is genuine', () => {
  const github = new Webhooks({ secret: SECRET });
  test('every example of GitHub’s', async () => {
    let count = 0;
    for (const { examples } of EXAMPLES) {
      for (const example of examples) {
        const body = JSON.stringify(example);
        const signature = await github.sign(body);
        expect(verify(Buffer.from(body), { 'x-hub-signature-256': signature }, SECRET)).toBe(true);
        expect(await github.verify(body, signature)).toBe(true);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(300);
  });

  test('a changed byte, another secret, no signature: not genuine', async () => {
    const body = JSON.stringify(push());
    const signature = await github.sign(body);
    const check = (raw: string, given: string | undefined, secret = SECRET) =>
      verify(Buffer.from(raw), { 'x-hub-signature-256': given }, secret);
    expect(check(body, signature)).toBe(true);
    expect(check(`${body} `, signature)).toBe(false);
    expect(check(body, signature, 'other')).toBe(false);
    expect(check(body, signature.replace('sha256=', ''))).toBe(false);
    expect(check(body, undefined)).toBe(false);
    expect(check(body, 'sha256=zz')).toBe(false);
  });
});

test('every example of GitHub’s can be read, and none concerns a ticket', () => {
  for (const { name, examples } of EXAMPLES) {
    for (const example of examples) {
      const reading = parse(bytes(example), headers(name));
      expect([name, reading]).toEqual([name, { kind: 'read', deliveryId: 'd-1', items: [] }]);
    }
  }
});

test.each([
  ['check_suite', suite(), { kind: 'ci-finished', repository: 'shop/checkout', commit: COMMIT }],
  ['pull_request', closed(true), { kind: 'pull-request-closed', number: 7, merged: true }],
  ['pull_request', closed(false), { kind: 'pull-request-closed', number: 7, merged: false }],
  ['push', push(), { kind: 'branch-pushed', branch: BRANCH, commit: COMMIT }],
  ['push', push({ ref: `${push().ref}-revert` }), { branch: `${BRANCH}-revert`, key: 'SHOP-1' }],
])('%s becomes a fact of its ticket', (event, payload, expected) => {
  const reading = parse(bytes(payload), headers(event));
  if (reading.kind !== 'read') throw new Error('malformed');
  expect(reading.items).toMatchObject([
    { kind: 'fact', fact: { key: 'SHOP-1', id: 'github/d-1', ...expected } },
  ]);
  const [item] = reading.items;
  expect(item?.kind === 'fact' && fact.safeParse(item.fact).success).toBe(true);
});

test.each([
  ['check_suite', suite({}, 'requested')],
  ['check_suite', suite({ head_branch: 'main' })],
  ['check_suite', suite({ head_branch: null })],
  ['pull_request', closed(false, 'opened')],
  ['push', push({ ref: 'refs/heads/main' })],
  ['push', push({ ref: 'refs/tags/baton/SHOP-1/1' })],
  ['push', push({ ref: 'refs/heads/baton/shop-1/1' })],
  ['push', push({ ref: 'refs/heads/x/baton/SHOP-1/1' })],
  ['push', push({ deleted: true, after: '0'.repeat(40) })],
  ['pull_request_review', review({ state: 'commented' })],
  ['pull_request_review', review({ state: 'constructor' })],
  ['pull_request_review', review({ user: null })],
  ['pull_request_review', review({ commit_id: null })],
  ['pull_request_review', review({}, 'feature/x')],
  ['pull_request_review', { ...review(), action: 'dismissed' }],
  ['star', { action: 'created' }],
  ['constructor', {}],
])('%s that concerns no ticket is not used: %#', (event, payload) => {
  expect(parse(bytes(payload), headers(event))).toEqual({
    kind: 'read',
    deliveryId: 'd-1',
    items: [],
  });
});

test('a review is a candidate for a decision: who, on which commit', () => {
  const items = (more: object) => parse(bytes(review(more)), headers('pull_request_review'));
  const expected = {
    id: '5',
    key: 'SHOP-1',
    repository: 'shop/checkout',
    number: 7,
    login: 'reviewer',
    isBot: false,
    state: 'approved',
    commit: COMMIT,
    text: 'Fine',
  };
  expect(items({})).toMatchObject({ items: [{ kind: 'review', review: expected }] });
  const refused = { ...expected, state: 'changes-requested', text: '' };
  expect(items({ state: 'changes_requested', body: null })).toMatchObject({
    items: [{ review: refused }],
  });
  for (const user of [{ login: 'a', type: 'Bot' }, { login: 'helper[bot]' }]) {
    expect(items({ user })).toMatchObject({ items: [{ review: { isBot: true } }] });
  }
});

test.each([
  ['push', Buffer.alloc(0)],
  ['push', bytes(push()).subarray(0, 30)],
  ['push', Buffer.from('payload=%7B%7D')],
  ['push', bytes([])],
  ['push', bytes(push({ after: 'HEAD' }))],
  ['check_suite', bytes(suite({ head_sha: '$(reboot)' }))],
  ['pull_request', bytes({ action: 'closed' })],
])('%s that cannot be read is malformed: %#', (event, body) => {
  expect(parse(body, headers(event))).toEqual({ kind: 'malformed' });
});

test('a delivery without an event’s name is malformed', () => {
  expect(parse(bytes(push()), { 'x-github-delivery': 'd' })).toEqual({ kind: 'malformed' });
});
