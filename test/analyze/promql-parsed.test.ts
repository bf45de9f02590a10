// Queries that are kept once they were parsed: the same object while they come again, no more than a few hundred.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createParsedQueries } from '../../src/daemons/analyze/promql/parsed-queries.ts';

test('what comes again is parsed once, what does not is forgotten', () => {
  const parse = createParsedQueries();
  const often = parse('rate(a[5m])');
  const once = parse('a');
  assert.notEqual(parse('a '), once);
  for (let i = 0; i < 1_000; i++) {
    parse(`a + ${i}`);
    assert.equal(parse('rate(a[5m])'), often);
  }
  assert.notEqual(parse('a'), once);
  assert.deepEqual(parse('a'), once);
  assert.equal(often.type, 'instant vector');
  assert.match(often.remarks.join(), /might not be a counter/);
});

test('a long text and one that is wrong are not kept', () => {
  const parse = createParsedQueries();
  const long = `aa${' '.repeat(1_999)}`;
  assert.notEqual(parse(long), parse(long));
  assert.equal(parse(long.slice(1)), parse(long.slice(1)));
  for (let i = 0; i < 2; i++) assert.throws(() => parse('a{'), { code: 'BAD_EXPRESSION' });
});
