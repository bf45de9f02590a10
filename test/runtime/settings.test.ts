// Values of settings as people write them: sizes, durations within their bounds, and addresses without secrets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationSetting, serverUrlSetting, sizeSetting } from '../../src/runtime/settings.ts';

test('a size is a number and a unit, decimal or binary, in whole bytes', () => {
  const size = sizeSetting();
  for (const [text, bytes] of [
    ['1B', 1],
    ['500MB', 500_000_000],
    ['2GiB', 2 ** 31],
    [' 1.5 kib ', 1_536],
    ['1.9999KB', 1_999],
    ['3TB', 3e12],
    ['1TiB', 2 ** 40],
  ] as const)
    assert.equal(size.parse(text), bytes, text);
  for (const text of ['', '5', 'MB', '-1MB', '1,5MB', '1MiBs', '1e3MB', '1 M'])
    assert.match(size.safeParse(text).error?.issues[0]?.message ?? '', /is not a size/, text);
});

test('a duration is taken from its least to its most, both included', () => {
  const bounded = durationSetting({ min: '2s', max: '10m' });
  assert.deepEqual([bounded.parse('2s'), bounded.parse('10m')], [2_000, 600_000]);
  const why = (text: string) => bounded.safeParse(text).error?.issues.map(({ message }) => message);
  assert.deepEqual(why('1999ms'), ['is under 2s']);
  assert.deepEqual(why('601s'), ['is over 10m']);
  assert.match(why('soon')!.join(), /^is not a duration/);
  assert.equal(durationSetting().parse('36500d'), 36_500 * 86_400_000);
  assert.equal(durationSetting().safeParse('36501d').success, false);
});

test('the address of a server has no name and no password, each by itself', () => {
  const url = serverUrlSetting('the server takes a token');
  assert.equal(url.parse('https://db:8086'), 'https://db:8086');
  for (const text of ['http://user@db', 'http://user:secret@db', 'http://:secret@db'])
    assert.match(url.safeParse(text).error!.issues[0]!.message, /the server takes a token$/, text);
  assert.match(url.safeParse('ftp://db').error!.issues[0]!.message, /of the form http/);
});
