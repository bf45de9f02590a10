// How many columns text takes: wide, combining and joined characters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeText } from '../../src/domain/safe-text.ts';
import { displayWidth, pad, truncate, truncateStyled, wrap } from '../../src/terminal/text.ts';

test('width is what a terminal gives the text', () => {
  const cases = { 'web-1': 5, '机房-网关': 9, '👨‍👩‍👧-box': 6, 'e\u0301-1': 3, 'ｶﾞ-2': 4, '': 0 };
  for (const [text, width] of Object.entries(cases)) assert.equal(displayWidth(text), width, text);
});

test('cut text keeps whole characters and says that it was cut', () => {
  assert.equal(truncate('web-17', 6), 'web-17');
  assert.equal(truncate('web-17', 5), 'web-…');
  assert.equal(truncate('web-17', 5, '~'), 'web-~');
  assert.equal(truncate('机房网关', 6), '机房…');
  assert.equal(truncate('👨‍👩‍👧👨‍👩‍👧', 3), '👨‍👩‍👧…');
  assert.equal(truncate('机房', 1), '…');
  assert.equal(truncate('机房', 0), '');
});

test('any text, cut and padded, takes exactly the columns it was given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (raw, columns) => {
      assert.equal(displayWidth(pad(truncate(safeText(raw), columns), columns)), columns);
    }),
  );
});

test('colour codes take no columns, and what does not fit is cut where its last column would be', () => {
  const RED = '\u001b[31m';
  const RESET = '\u001b[0m';
  const line = `ab${RED}cd${RESET}`;
  assert.equal(truncateStyled(line, 4), line);
  assert.equal(truncateStyled(line, 3), `ab${RED}…${RESET}`);
  assert.equal(truncateStyled(line, 2), `a…${RESET}`);
  assert.equal(truncateStyled('abcd', 4), 'abcd');
  assert.equal(truncateStyled('abcd', 3), 'ab…');
});

test('lines are as full as they may be, and a long word goes on in the next', () => {
  assert.deepEqual(wrap('ab cd ef', 5), ['ab cd', 'ef']);
  assert.deepEqual(wrap('ab cd ef', 4), ['ab', 'cd', 'ef']);
  assert.deepEqual(wrap('abcdef gh', 4), ['abcd', 'ef', 'gh']);
  assert.deepEqual(wrap('abcd', 4), ['abcd']);
});
