import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { KnownBlock } from '@slack/types';
import { PEOPLE } from '../directory.ts';
import type { Press } from '../slack/interactions.ts';
import type { SlackMessage } from '../slack/state.ts';
import { startPeople, type People } from './people.ts';

/** A workspace of one message, whose app does what the test says on each press. */
function openWorkspace(message: SlackMessage) {
  const listeners = new Set<(message: SlackMessage) => void>();
  const pressed: string[] = [];
  let onPress: (n: number) => boolean = () => true;
  const change = (text: string, blocks: KnownBlock[]) => {
    message.text = text;
    message.blocks = blocks;
    for (const listener of listeners) listener(message);
  };
  return {
    pressed,
    change,
    answer: (by: (n: number) => boolean) => {
      onPress = by;
    },
    slack: {
      messages: () => [message],
      onChange: (listener: (one: SlackMessage) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      press: async ({ user }: Press) => {
        pressed.push(user);
        return { acknowledged: onPress(pressed.length) };
      },
    },
  };
}

const buttons = (...texts: string[]): KnownBlock[] => [
  {
    type: 'actions',
    elements: texts.map((text) => ({
      type: 'button',
      action_id: text,
      value: 'sha256:00',
      text: { type: 'plain_text', text },
    })),
  },
];
const timing = { readsForMs: 5, unansweredMs: 15, patienceMs: 40 };

let message: SlackMessage;
let workspace: ReturnType<typeof openWorkspace>;
let people: People | undefined;

beforeEach(() => {
  message = { channel: 'C0SHOPDEV', ts: '1.000000', user: 'U0BATON', text: 'Release?' };
  workspace = openWorkspace(message);
});
afterEach(() => people?.close());

const start = (patienceMs = timing.patienceMs) => {
  people = startPeople({
    slack: workspace.slack,
    people: PEOPLE,
    timing: { ...timing, patienceMs },
  });
};
async function presses(count: number): Promise<readonly string[]> {
  const end = Date.now() + 2000;
  while (workspace.pressed.length < count && Date.now() < end) await pause(2);
  return workspace.pressed;
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Long enough that another press would have come. */
const nothingMore = () => pause(timing.patienceMs * 2);

test('the reviewer presses what begins with Approve, once, and stops when it is gone', async () => {
  workspace.answer(() => {
    workspace.change('Approved', []);
    return true;
  });
  start();
  workspace.change('Release?', buttons('Reject', 'Approve release'));
  await presses(1);
  await nothingMore();
  expect(workspace.pressed).toEqual(['U0REVIEWER']);
});

test('where the message then still asks, the approver is the second', async () => {
  workspace.answer((n) => {
    workspace.change(`${n} of 2`, n < 2 ? buttons('Approve') : []);
    return true;
  });
  start();
  workspace.change('Release?', buttons('Approve'));
  await presses(2);
  await nothingMore();
  expect(workspace.pressed).toEqual(['U0REVIEWER', 'U0APPROVER']);
});

test('an unanswered press is repeated by the same person', async () => {
  workspace.answer((n) => {
    if (n === 3) workspace.change('Approved', []);
    return n === 3;
  });
  start(60_000);
  workspace.change('Release?', buttons('Approve'));
  expect(await presses(3)).toEqual(['U0REVIEWER', 'U0REVIEWER', 'U0REVIEWER']);
});

test('an acknowledged press after which nothing changes is repeated by the same person', async () => {
  start();
  workspace.change('Release?', buttons('Approve'));
  expect(await presses(2)).toEqual(['U0REVIEWER', 'U0REVIEWER']);
});

test('a change that comes late counts: the approver goes on', async () => {
  start();
  workspace.change('Release?', buttons('Approve'));
  await presses(1);
  workspace.answer(() => {
    workspace.change('Approved', []);
    return true;
  });
  workspace.change('1 of 2', buttons('Approve'));
  await presses(2);
  await nothingMore();
  expect(workspace.pressed).toEqual(['U0REVIEWER', 'U0APPROVER']);
});

test('for another subject the reviewer begins again', async () => {
  workspace.answer((n) => {
    workspace.change(`version ${n + 1}`, n < 2 ? buttons(`Approve version ${n + 1}`) : []);
    return true;
  });
  start();
  workspace.change('version 1', buttons('Approve version 1'));
  expect(await presses(2)).toEqual(['U0REVIEWER', 'U0REVIEWER']);
});

test('a message that was there before the people is found', async () => {
  message.blocks = buttons('Approve');
  start();
  expect(await presses(1)).toEqual(['U0REVIEWER']);
});

test('other buttons, and a direct message to somebody else, are left alone', async () => {
  start();
  workspace.change('?', buttons('Reject', 'Hold'));
  await nothingMore();
  expect(workspace.pressed).toEqual([]);
  people?.close();

  const direct = openWorkspace({ ...message, channel: 'D0OPERATOR', blocks: buttons('Approve') });
  people = startPeople({ slack: direct.slack, people: PEOPLE, timing });
  await nothingMore();
  expect(direct.pressed).toEqual([]);
});
