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

const AS_REGULAR: Readonly<Record<string, string>> = { '*': '.*', '**': '(.*)', '?': '.', '[!a]': '[^a]' };

test('as a regular expression says, on words and globs of any length', () => {
  const chars = fc.constantFrom('a', 'b', 'c');
  const part = fc.oneof(
    { weight: 4, arbitrary: chars },
    fc.constantFrom('*', '?', '[ab]', '[!a]', '[a-b]', '**'),
  );
  for (const maxLength of [8, 80]) {
    const pattern = fc.array(part, { maxLength });
    const word = fc.string({ unit: chars, maxLength });
    fc.assert(
      fc.property(pattern, word, (globs, text) => {
        const reference = globs.map((one) => AS_REGULAR[one] ?? one).join('');
        assert.equal(compileGlob(globs.join(''))(text), new RegExp(`^${reference}$`).test(text));
      }),
    );
  }
});

test('what a glob was made of fits it, over the bounds of its words', () => {
  const lengths = [0, 1, 30, 31, 32, 33, 63, 64, 65, 128];
  for (const length of lengths) {
    for (const [head, tail] of [
      ['', ''],
      ['*', ''],
      ['', '*'],
      ['*', '*'],
    ] as const) {
      const glob = `${head}${'a?'.repeat(length).slice(0, length)}${tail}`;
      const fits = compileGlob(glob);
      assert.ok(fits('a'.repeat(length)), glob);
      assert.equal(fits('a'.repeat(length + 1)), head !== '' || tail !== '', glob);
      if (length > 0) assert.equal(fits('a'.repeat(length - 1)), false, glob);
    }
  }
});

test('many stars on long names are read once each', () => {
  // As a regular expression of 12 stars this would not end within the test's limit.
  const hosts = Array.from({ length: 2_000 }, (_, i) => `${'a'.repeat(124)}${i}`);
  for (const glob of [`${'*a'.repeat(60)}b`, `*${'a'.repeat(60)}b*`, `${'*a?'.repeat(40)}[!0-9]`]) {
    assert.deepEqual(hosts.filter(compileGlob(glob)), []);
  }
});
