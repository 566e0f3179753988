import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openEffects, readEffects } from './effects.ts';
import { emptyLedger, openLedger } from './ledger.ts';
import { openStateFile } from './state-file.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sandbox-ledger-'));
});

afterEach(() => rmSync(dataDir, { recursive: true }));

const open = () => {
  const state = openStateFile(join(dataDir, 'state.json'), { things: 0, ledger: emptyLedger() });
  const sent: string[] = [];
  const webhooks = {
    send: (event: string, _: unknown, guid = '') => void sent.push(`${event} ${guid}`),
  };
  const ledger = openLedger({ system: 'jira', state, effects: openEffects(dataDir), webhooks });
  return { state, ledger, sent };
};

test('what was not committed is neither in the state nor seen outside', () => {
  const { state, ledger, sent } = open();
  state.value.things = 1;
  ledger.effect('thing', 'thing/1');
  ledger.webhook('made', {});
  expect(open().state.value.things).toBe(0);
  expect([readEffects(dataDir), sent]).toEqual([[], []]);
});

test('a commit that was cut after its save is finished by the next opener, once', () => {
  const { state, ledger } = open();
  state.value.things = 1;
  ledger.effect('thing', 'thing/1');
  ledger.webhook('made', {});
  state.save(); // and here the process was killed
  const [first, second] = [open(), open()];
  expect(first.state.value.things).toBe(1);
  expect(first.sent).toHaveLength(1);
  expect(second.sent).toEqual(first.sent); // the outbox knows the id
  expect(readEffects(dataDir).map(({ key, count }) => [key, count])).toEqual([['thing/1', 1]]);
});

test('the same effect committed twice is counted twice, also over a restart', () => {
  for (let n = 0; n < 2; n += 1) {
    const { ledger } = open();
    ledger.effect('thing', 'thing/1');
    ledger.commit();
  }
  expect(readEffects(dataDir)).toEqual([
    { system: 'jira', kind: 'thing', key: 'thing/1', count: 2 },
  ]);
});

test('a line of effects that a kill cut in half hides no other', () => {
  openEffects(dataDir).record({ system: 'slack', kind: 'message', key: 'a' });
  appendFileSync(join(dataDir, 'effects.jsonl'), '{"system":"slack","ki');
  openEffects(dataDir).record({ system: 'slack', kind: 'message', key: 'b' });
  expect(readEffects(dataDir).map(({ key }) => key)).toEqual(['a', 'b']);
});

test('a state file takes back what was not saved, and is never replaced when it cannot be read', () => {
  const path = join(dataDir, 'other.json');
  const state = openStateFile(path, { names: ['a'] });
  state.value.names.push('b');
  state.revert();
  expect(state.value.names).toEqual(['a']);
  writeFileSync(path, 'not json');
  expect(() => openStateFile(path, { names: [] })).toThrow();
  expect(readFileSync(path, 'utf8')).toBe('not json');
});
