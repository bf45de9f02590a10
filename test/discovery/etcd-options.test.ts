// What can be set for finding reports through etcd, and what a person who mistypes is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { etcdDiscoveryOptions } from '../../src/discovery/etcd-options.ts';

test('nothing but the kind is needed', () => {
  assert.deepEqual(etcdDiscoveryOptions.parse({ kind: 'etcd' }), {
    kind: 'etcd',
    endpoints: ['http://127.0.0.1:2379'],
    prefix: '/minimon/report/',
    ttl: 10_000,
  });
});

for (const [wrong, words] of [
  [{ endpoints: ['etcd:2379'] }, /form http:\/\/host:port/],
  [{ endpoints: ['http://ok:2379', 'http://ann:s3cret@etcd:2379'] }, /must not hold a name or password/],
  [{ endpoints: ['http://ann@etcd:2379'] }, /must not hold a name or password/],
  [{ endpoints: ['http://:s3cret@etcd:2379'] }, /must not hold a name or password/],
  [{ endpoints: ['no address'] }, /form http:\/\/host:port/],
  [{ endpoints: [] }, /endpoints/],
  [{ prefix: '/minimon/report' }, /end with a slash/],
  [{ ttl: '1s' }, /under 2s/],
] as const) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    const { error } = etcdDiscoveryOptions.safeParse({ kind: 'etcd', ...wrong });
    assert.match(error?.message ?? '', words);
    assert.doesNotMatch(error?.message ?? '', /s3cret/);
  });
}
