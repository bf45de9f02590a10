// What can be set for the store on InfluxDB, and what a person who mistypes is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { influxStoreOptions } from '../../src/store/influxdb/options.ts';

const least = { kind: 'influxdb', org: 'o', token: 't' } as const;

test('an organization and a token are enough', () => {
  assert.deepEqual(influxStoreOptions.parse(least), {
    ...least,
    url: 'http://127.0.0.1:8086',
    bucket: 'minimon',
    retention: 35 * 86_400_000,
    timeout: 30_000,
  });
});

for (const [wrong, words] of [
  [{ url: 'influx' }, /form http:\/\/host:port/],
  [{ url: 'influx:8086' }, /form http:\/\/host:port/],
  [{ url: 'http://user:secret@influx:8086' }, /takes a token/],
  [{ bucket: '_monitoring' }, /underscore/],
  [{ token: '' }, /token/],
  [{ retention: '5x' }, /not a duration/],
  [{ timeout: '0s' }, /under 1s/],
  [{ buckets: 'b' }, /buckets/],
] as const) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    const { error } = influxStoreOptions.safeParse({ ...least, ...wrong });
    assert.match(error?.message ?? '', words);
  });
}

test('the token is marked as a secret', () => {
  assert.equal(influxStoreOptions.shape.token.meta()?.['secret'], true);
});
