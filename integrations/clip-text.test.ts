import { expect, test } from '@jest/globals';
import { clipText, plainText } from './clip-text.ts';

test('a text is cut to the limit, says so, and splits no sign', () => {
  expect(clipText('abc', 3)).toBe('abc');
  expect(clipText('abcd', 3)).toBe('ab…');
  expect(clipText('a😀bc', 3)).toBe('a…');
  expect(clipText('😀😀', 4)).toBe('😀😀');
});

test('control characters and turned directions go, lines and tabs stay', () => {
  expect(plainText('a\u0000b\u001b[31mc\r\nd\te\u202ef\u2066g')).toBe('ab[31mc\nd\tefg');
});
