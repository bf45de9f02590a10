// Suggestions: what was meant, against the plain edit distance, and in bounded time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { didYouMeanKey, nearest } from '../../src/domain/did-you-mean.ts';

/** The whole table, as in a textbook. */
function plainDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows.at(-1)![b.length]!;
}

const limitOf = (word: string) => Math.min(3, Math.max(1, Math.floor(word.length / 3)));

test('the suggestion is as near as any candidate, and within the limit', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '1'), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 12 }), (wanted, candidates) => {
      const distances = candidates.map((candidate) => plainDistance(wanted, candidate));
      const least = Math.min(...distances, Number.POSITIVE_INFINITY);
      const found = nearest(wanted, candidates);
      if (least > limitOf(wanted)) assert.equal(found, undefined);
      else assert.equal(plainDistance(wanted, found!), least);
    }),
    { numRuns: 500 },
  );
});

test('neighbours swapped, other case, and one edit in a long name are found; another word is not', () => {
  assert.equal(nearest('752', ['724', '725']), '725');
  assert.equal(nearest('WEB-17', ['web-71', 'web-17']), 'web-17');
  assert.equal(nearest('production-web-server-17', ['production-web-srever-17']), 'production-web-srever-17');
  assert.equal(nearest('db-01', ['web-17', 'cache-9']), undefined);
});

test('the nearest of 50,000 names alike is found although only 2,000 are compared', () => {
  const hosts = Array.from({ length: 50_000 }, (_, i) => `rack-${String(i).padStart(6, '0')}.example`);
  assert.equal(nearest('rack-0481x7.example', hosts), 'rack-048107.example');
});

test('names over 64 characters are never compared', () => {
  const long = 'h'.repeat(65);
  assert.equal(nearest(long, [long]), undefined);
  assert.equal(nearest('h'.repeat(64), [`${'h'.repeat(63)}i`]), `${'h'.repeat(63)}i`);
});

test('keys are also known by their beginning, or as the word that they are short for', () => {
  const keys = ['expr', 'severity', 'location', 'locations', 'labels', 'name'];
  for (const [word, key] of [
    ['expression', 'expr'],
    ['Expression', 'expr'],
    ['sev', 'severity'],
    ['name_of_rule', 'name'],
    ['lables', 'labels'],
  ] as const)
    assert.equal(didYouMeanKey(word, keys), `Did you mean ${key}?`);
  assert.equal(didYouMeanKey('--expression', ['--expr', '--name']), 'Did you mean --expr?');
  for (const word of ['loc', 'se', 'query'])
    assert.equal(didYouMeanKey(word, keys, 'none'), 'none', `${word} may be several or none`);
});
