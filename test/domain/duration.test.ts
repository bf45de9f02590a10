// Durations as people write them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration, parseLasting, roughDuration } from '../../src/domain/duration.ts';
import { ExpectedError } from '../../src/domain/errors.ts';

test('durations are read in the units people write', () => {
  const cases = {
    '60s': 60_000,
    '5m': 300_000,
    '1h30m': 5_400_000,
    '1h 30m': 5_400_000,
    '7d': 604_800_000,
    '1w': 604_800_000,
    '250ms': 250,
    '1.5h': 5_400_000,
    ' 2m ': 120_000,
    '0s': 0,
  };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text);
});

test('what is no duration is refused with the way to write one', () => {
  for (const text of ['5x', '', 's', '-5m', '5m1h', '5m5m', '1e3s', '5 m', '9999999w', 'x'.repeat(10_000)]) {
    assert.throws(
      () => parseDuration(text),
      (error) =>
        error instanceof ExpectedError &&
        error.code === 'BAD_TIME' &&
        error.message.length < 120 &&
        /30s, 5m/.test(error.hint ?? ''),
      text.slice(0, 20),
    );
  }
});

test('a number without a unit is not guessed at', () => {
  assert.throws(() => parseDuration('60'), { code: 'BAD_TIME', hint: 'Did you mean 60s or 60m?' });
  assert.throws(() => parseDuration('0'), { hint: /^(?!Did you mean)/ });
});

test('a time that has to last is above 0', () => {
  assert.equal(parseLasting('0h5m', '--step'), 300_000);
  for (const text of ['0', '0s', ' 0m ', '0.0', '-5m', '-1', '-0', '0ms', '0.1ms', '0h0m']) {
    const told = {
      code: 'BAD_TIME',
      message: `--step is ${text.trim()}, which is not above 0`,
      hint: /^Give a time above 0/,
    };
    assert.throws(() => parseLasting(text, '--step'), told, text);
  }
  assert.throws(() => parseLasting('5', '--step'), { hint: 'Did you mean 5s or 5m?' });
  for (const text of ['', 'x', '-x'])
    assert.throws(() => parseLasting(text, '--step'), /is not a duration/, text);
});

test('a written duration reads back as the same one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3e12 }), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
});

test('rough durations show the two largest units', () => {
  const cases: [number, string][] = [
    [0, '0s'],
    [250, '250ms'],
    [45_000, '45s'],
    [59_999, '1m'],
    [90_000, '1m 30s'],
    [3_599_999, '1h'],
    [12 * 86_400_000 + 3 * 3_600_000 + 59_000, '12d 3h'],
    [-90_000, '-1m 30s'],
  ];
  for (const [ms, text] of cases) assert.equal(roughDuration(ms), text);
});
