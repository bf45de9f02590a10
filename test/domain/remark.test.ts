// What people say of what they do: needed, and of a bounded length.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRemark } from '../../src/domain/remark.ts';

const ABOUT = { what: 'a silence needs a reason', hint: 'Say why.' };

test('a remark is kept without the white space around it', () => {
  assert.equal(checkRemark('  disk swap\n', ABOUT), 'disk swap');
  assert.equal(checkRemark('x'.repeat(1_000), ABOUT).length, 1_000);
});

test('none and one that is too long are refused', () => {
  assert.throws(() => checkRemark(' \n', ABOUT), { code: 'USAGE', message: ABOUT.what, hint: ABOUT.hint });
  assert.throws(() => checkRemark('x'.repeat(1_001), ABOUT), {
    code: 'USAGE',
    message: /1000 characters, not 1001/,
  });
});
