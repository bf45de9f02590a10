// Nothing remote moves the cursor, hides or turns text around.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeJson, safeText, safeYaml } from '../../src/domain/safe-text.ts';

test('what a terminal would obey is shown instead', () => {
  const cases = {
    '\u001b[2J\u001b]0;title\u0007': '\\e[2J\\e]0;title\\x07',
    'two\nlines\tand\r\n': 'two\\nlines\\tand\\r\\n',
    '\u009b31m': '\\x9b31m',
    'user\u202egnp.exe': 'user\\u202egnp.exe',
    '\u2066x\u2069': '\\u2066x\\u2069',
    'a\u2028b': 'a\\u2028b',
    'in\u200bvisible': 'in\\u200bvisible',
    'half \ud83d': 'half \ufffd',
    '\u{e0041}': '\\u{e0041}',
  };
  for (const [text, shown] of Object.entries(cases)) assert.equal(safeText(text), shown);
});

test('names of people and rooms stay as they are', () => {
  for (const name of ['机房-网关', '👨‍👩‍👧-box', 'é-1', 'e\u0301-1', 'ｶﾞ-2', 'می‌خواهم', '725', 'a\\b']) {
    assert.equal(safeText(name), name);
  }
});

test('no string whatever gets a control, a separator or a bidi mark through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(safeText(text), /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test('safe JSON is the same value without anything a terminal would obey', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = safeJson(JSON.stringify({ text }));
      assert.deepEqual(JSON.parse(json), { text });
      assert.doesNotMatch(json, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
    }),
  );
  assert.equal(safeYaml('"\u{e0041}\u009b"'), '"\\U000e0041\\u009b"');
});
