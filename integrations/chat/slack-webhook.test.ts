import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { parse, verify } from './slack-webhook.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test('the example of Slack’s page is genuine in its time, and not five minutes off', () => {
  // "Verifying requests from Slack": secret, request and signature.
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const body = Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  );
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  const at = 1_531_420_618_000;
  expect(verify(body, headers, secret, at)).toBe(true);
  expect(verify(body, headers, secret, at + 299_000)).toBe(true);
  expect(verify(body, headers, secret, at - 299_000)).toBe(true);
  expect(verify(body, headers, secret, at + 301_000)).toBe(false);
  expect(verify(body, headers, secret, at - 301_000)).toBe(false);
  expect(verify(body.subarray(1), headers, secret, at)).toBe(false);
  expect(verify(body, headers, 'other', at)).toBe(false);
});

test('a time or signature that is none is not genuine', () => {
  const body = Buffer.from('{}');
  const sign = (timestamp: string) =>
    `v0=${createHmac('sha256', 's').update(`v0:${timestamp}:{}`).digest('hex')}`;
  const check = (timestamp: string | undefined, signature: string | undefined) =>
    verify(
      body,
      { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature },
      's',
      1_000_000,
    );
  expect(check('1000', sign('1000'))).toBe(true);
  for (const time of ['', '1e3', '-1000', '1000.5', 'NaN', ' 1000', '9'.repeat(30)]) {
    expect([time, check(time, sign(time))]).toEqual([time, false]);
  }
  expect(check(undefined, sign('1000'))).toBe(false);
  expect(check('1000', undefined)).toBe(false);
  expect(check('1000', sign('1000').replace('v0=', 'v1='))).toBe(false);
});

test('an interaction is the form’s payload, an event is JSON', () => {
  const payload = { type: 'block_actions', actions: [{ action_id: 'approve:release' }] };
  const form = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  expect(parse(Buffer.from(form), FORM)).toEqual({ kind: 'read', payload });
  const event = { type: 'url_verification', challenge: 'c' };
  const json = { 'content-type': 'application/json' };
  expect(parse(Buffer.from(JSON.stringify(event)), json)).toEqual({ kind: 'read', payload: event });
});

test.each([
  ['nothing', ''],
  ['a form without a payload', 'command=%2Fbaton'],
  ['a payload that is no JSON', 'payload=%7B'],
  ['a payload without a type', 'payload=%7B%7D'],
])('%s is malformed', (_, body) => {
  expect(parse(Buffer.from(body), FORM)).toEqual({ kind: 'malformed' });
});
