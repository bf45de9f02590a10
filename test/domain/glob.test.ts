// Globs on whole names, and that no glob takes long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, isGlob } from '../../src/domain/glob.ts';

test('a glob fits whole texts', () => {
  for (const [glob, fits, fails] of [
    ['web-*', ['web-', 'web-17'], ['xweb-1', 'Web-1', 'web']],
    ['db-?', ['db-1', 'db-机', 'db-𠮷'], ['db-', 'db-12']],
    ['[ab]-1', ['a-1', 'b-1'], ['c-1', 'ab-1']],
    ['web-[1-3]', ['web-1', 'web-3'], ['web-0', 'web-4']],
    ['[!0-9]*', ['a1', '-'], ['1a', '']],
    ['[]]', [']'], ['[']],
    ['a[b', ['a[b'], ['ab']],
    ['a.b', ['a.b'], ['axb']],
    ['*', ['', 'x'], []],
    ['*-db-*', ['a-db-b-db-c'], ['a-db']],
    ['机房*', ['机房一'], ['房']],
  ] as const) {
    const test = compileGlob(glob);
    for (const text of fits) assert.ok(test(text), `${glob} fits ${text}`);
    for (const text of fails) assert.ok(!test(text), `${glob} does not fit ${text}`);
  }
});

test('a text without pattern characters fits itself alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (glob, text) => {
      fc.pre(!isGlob(glob));
      assert.equal(compileGlob(glob)(text), glob === text);
    }),
  );
});

test('as a regular expression says, on short words', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, word, (glob, text) => {
      const reference = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      assert.equal(compileGlob(glob)(text), reference.test(text));
    }),
  );
});

test('many stars end', () => {
  // As a regular expression of 12 stars this would not end within the test's limit.
  assert.equal(compileGlob(`${'*a'.repeat(12)}b`)('a'.repeat(128)), false);
});
